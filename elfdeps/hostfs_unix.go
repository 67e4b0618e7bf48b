//go:build unix

package elfdeps

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// hostFile is an open file without what os.File adds for pipes and sockets: reading the
// headers of 200 libraries is all system calls, and os.Open makes half as many again.
type hostFile struct {
	fd   int
	path string
	off  int64 // of Read
}

// openHost opens with O_NONBLOCK, so that a FIFO that took the place of a library does
// not block.
func openHost(p string) (fs.File, error) {
	for {
		fd, err := syscall.Open(p, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: p, Err: err}
		}
		return &hostFile{fd: fd, path: p}, nil
	}
}

func (f *hostFile) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		m, err := syscall.Pread(f.fd, b[n:], off+int64(n))
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return n, &fs.PathError{Op: "read", Path: f.path, Err: err}
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

func (f *hostFile) Read(b []byte) (int, error) {
	n, err := f.ReadAt(b, f.off)
	f.off += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *hostFile) Stat() (fs.FileInfo, error) { return os.Stat(f.path) }
func (f *hostFile) Close() error               { return syscall.Close(f.fd) }
