//go:build unix

package elfdeps

import (
	"io/fs"
	"syscall"
)

// fileID tells whether two paths lead to the same file, as the loader compares device
// and inode. Where a file system has no inodes the resolved path serves.
type fileID struct {
	dev, ino uint64
	path     string
}

func identify(info fs.FileInfo, path string) fileID {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return fileID{dev: uint64(st.Dev), ino: st.Ino}
	}
	return fileID{path: path}
}
