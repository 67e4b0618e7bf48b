//go:build unix

package bundler

import (
	"fmt"
	"io/fs"
	"syscall"
)

// identity names the file behind info: hard links are one file. real is its path
// without symlinks, and the answer where the file system has no inodes.
func identity(real string, info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return fmt.Sprintf("inode %d:%d", st.Dev, st.Ino)
	}
	return real
}
