//go:build !unix

package bundler

import "io/fs"

func identity(real string, _ fs.FileInfo) string { return real }
