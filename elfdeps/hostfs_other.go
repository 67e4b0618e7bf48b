//go:build !unix

package elfdeps

import (
	"io/fs"
	"os"
)

func openHost(p string) (fs.File, error) { return os.Open(p) }
