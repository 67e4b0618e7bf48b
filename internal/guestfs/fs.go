package guestfs

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"time"
)

var (
	_ fs.FS         = (*Tree)(nil)
	_ fs.StatFS     = (*Tree)(nil)
	_ fs.ReadDirFS  = (*Tree)(nil)
	_ fs.ReadLinkFS = (*Tree)(nil)
)

// Open opens name, following symlinks within the tree. A file that comes from the
// host is opened there; the result implements io.ReaderAt.
func (t *Tree) Open(name string) (fs.File, error) {
	_, n, err := t.lookup("open", name, true)
	if err != nil {
		return nil, err
	}
	info := nodeInfo{name: path.Base(name), node: n}
	switch {
	case n.Mode.IsDir():
		entries, err := t.ReadDir(name)
		if err != nil {
			return nil, err
		}
		return &dirFile{info: info, entries: entries}, nil
	case n.Host != "":
		f, err := os.Open(n.Host)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &hostFile{File: f, info: info}, nil
	}
	return &contentFile{Reader: bytes.NewReader(n.Content), info: info}, nil
}

// Stat follows symlinks.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	_, n, err := t.lookup("stat", name, true)
	if err != nil {
		return nil, err
	}
	return nodeInfo{name: path.Base(name), node: n}, nil
}

// Lstat does not follow a symlink in the last component.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	_, n, err := t.lookup("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return nodeInfo{name: path.Base(name), node: n}, nil
}

// ReadLink returns the target of the symlink at name.
func (t *Tree) ReadLink(name string) (string, error) {
	_, n, err := t.lookup("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.Mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return n.Target, nil
}

// ReadDir lists a directory in lexical order.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	p, n, err := t.lookup("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !n.Mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	names := make([]string, 0, len(t.children[p]))
	for c := range t.children[p] {
		names = append(names, c)
	}
	sort.Strings(names)
	entries := make([]fs.DirEntry, len(names))
	for i, c := range names {
		entries[i] = fs.FileInfoToDirEntry(nodeInfo{name: c, node: *t.nodes[path.Join(p, c)]})
	}
	return entries, nil
}

func (t *Tree) lookup(op, name string, follow bool) (string, Node, error) {
	if !fs.ValidPath(name) {
		return "", Node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	p, n, err := t.resolve(name, follow)
	if err != nil {
		return "", Node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return p, n, nil
}

// nodeInfo is the fs.FileInfo of an entry. Sys is nil on purpose: two image files
// that come from one host inode are two files in the guest.
type nodeInfo struct {
	name string
	node Node
}

func (i nodeInfo) Name() string       { return i.name }
func (i nodeInfo) Size() int64        { return i.node.Size }
func (i nodeInfo) Mode() fs.FileMode  { return i.node.Mode }
func (i nodeInfo) ModTime() time.Time { return time.Time{} }
func (i nodeInfo) IsDir() bool        { return i.node.Mode.IsDir() }
func (i nodeInfo) Sys() any           { return nil }

type hostFile struct {
	*os.File
	info nodeInfo
}

func (f *hostFile) Stat() (fs.FileInfo, error) { return f.info, nil }

type contentFile struct {
	*bytes.Reader
	info nodeInfo
}

func (f *contentFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *contentFile) Close() error               { return nil }

type dirFile struct {
	info    nodeInfo
	entries []fs.DirEntry
	next    int
}

func (f *dirFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *dirFile) Close() error               { return nil }
func (f *dirFile) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: fs.ErrInvalid}
}

func (f *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := f.entries[f.next:]
	if n > 0 && len(rest) > n {
		rest = rest[:n]
	}
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	f.next += len(rest)
	return rest, nil
}
