package elfdeps

import (
	"io/fs"
	"os"
	"path/filepath"
)

// HostFS is the root of this machine. For another root use os.DirFS(dir).
func HostFS() fs.FS { return hostFS{} }

type hostFS struct{}

var (
	_ fs.ReadLinkFS = hostFS{}
	_ fs.StatFS     = hostFS{}
	_ fs.ReadDirFS  = hostFS{}
)

func hostPath(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return "/", nil
	}
	return filepath.FromSlash("/" + name), nil
}

func (hostFS) Open(name string) (fs.File, error) {
	p, err := hostPath("open", name)
	if err != nil {
		return nil, err
	}
	return openHost(p)
}

func (hostFS) Stat(name string) (fs.FileInfo, error) {
	p, err := hostPath("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(p)
}

func (hostFS) Lstat(name string) (fs.FileInfo, error) {
	p, err := hostPath("lstat", name)
	if err != nil {
		return nil, err
	}
	return os.Lstat(p)
}

func (hostFS) ReadLink(name string) (string, error) {
	p, err := hostPath("readlink", name)
	if err != nil {
		return "", err
	}
	return os.Readlink(p)
}

func (hostFS) ReadDir(name string) ([]fs.DirEntry, error) {
	p, err := hostPath("readdir", name)
	if err != nil {
		return nil, err
	}
	return os.ReadDir(p)
}
