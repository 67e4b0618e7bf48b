package bundler

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// hostFiles is the host's root with absolute paths.
type hostFiles struct {
	fsys fs.FS
	root string
}

// rel is p as io/fs wants it.
func rel(p string) string {
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if p == "" {
		return "."
	}
	return p
}

// osPath is where the operating system finds the host's p.
func (h hostFiles) osPath(p string) string {
	return filepath.Join("/", h.root, filepath.FromSlash(p))
}

// fromOS is the reverse of osPath; false for a path outside the root.
func (h hostFiles) fromOS(p string) (string, bool) {
	if h.root == "" || h.root == "/" {
		return filepath.ToSlash(p), true
	}
	r, err := filepath.Rel(h.root, p)
	if err != nil || r == ".." || strings.HasPrefix(r, "../") {
		return "", false
	}
	return path.Join("/", filepath.ToSlash(r)), true
}

// maxLinks is Linux's MAXSYMLINKS.
const maxLinks = 40

// resolve follows every symlink of p, absolute ones inside the root, and returns the
// real path with what lies there.
func (h hostFiles) resolve(p string) (string, fs.FileInfo, error) {
	rest := strings.Split(strings.Trim(p, "/"), "/")
	cur := "/"
	var last fs.FileInfo
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			cur, last = path.Dir(cur), nil
			continue
		}
		next := path.Join(cur, name)
		info, err := fs.Lstat(h.fsys, rel(next))
		if err != nil {
			return "", nil, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			cur, last = next, info
			continue
		}
		if links++; links > maxLinks {
			return "", nil, &fs.PathError{Op: "resolve", Path: p, Err: fmt.Errorf("more than %d symlinks", maxLinks)}
		}
		target, err := fs.ReadLink(h.fsys, rel(next))
		if err != nil {
			return "", nil, err
		}
		if path.IsAbs(target) {
			cur = "/"
		}
		last = nil
		rest = append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
	}
	if last == nil {
		info, err := fs.Stat(h.fsys, rel(cur))
		return cur, info, err
	}
	return cur, last, nil
}

// lstat returns what lies at p itself, following links above it only.
func (h hostFiles) lstat(p string) (dir string, info fs.FileInfo, err error) {
	dir, _, err = h.resolve(path.Dir(p))
	if err != nil {
		return "", nil, err
	}
	info, err = fs.Lstat(h.fsys, rel(path.Join(dir, path.Base(p))))
	return dir, info, err
}

// readLink returns the text of the link at p.
func (h hostFiles) readLink(p string) (string, error) {
	dir, _, err := h.resolve(path.Dir(p))
	if err != nil {
		return "", err
	}
	return fs.ReadLink(h.fsys, rel(path.Join(dir, path.Base(p))))
}
