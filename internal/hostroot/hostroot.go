// Package hostroot is the root directory in which a program runs natively: this
// machine's own, or that of another system (an unpacked container image, a debootstrap
// tree), whose absolute symlinks lead to places inside of it.
package hostroot

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// Root is a root directory. Paths in it are absolute and begin at it.
type Root struct {
	FS  fs.FS
	Dir string // where it lies on this machine; "" for /
}

// At returns the root at dir, which is absolute; "" and "/" mean this machine's own.
func At(dir string) Root {
	if dir == "" || dir == "/" {
		return Root{FS: elfdeps.HostFS()}
	}
	return Root{FS: os.DirFS(dir), Dir: dir}
}

// Rel is p as io/fs wants it.
func Rel(p string) string {
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if p == "" {
		return "."
	}
	return p
}

// OSPath is where the operating system finds the host's p.
func (r Root) OSPath(p string) string {
	return filepath.Join("/", r.Dir, filepath.FromSlash(p))
}

// FromOS is the reverse of OSPath; false for a path outside the root.
func (r Root) FromOS(p string) (string, bool) {
	if r.Dir == "" || r.Dir == "/" {
		return filepath.ToSlash(p), true
	}
	in, err := filepath.Rel(r.Dir, p)
	if err != nil || in == ".." || strings.HasPrefix(in, "../") {
		return "", false
	}
	return path.Join("/", filepath.ToSlash(in)), true
}

// maxLinks is Linux's MAXSYMLINKS.
const maxLinks = 40

// Resolve follows every symlink of p, absolute ones inside the root, and returns the
// real path with what lies there.
func (r Root) Resolve(p string) (string, fs.FileInfo, error) {
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
		info, err := fs.Lstat(r.FS, Rel(next))
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
		target, err := fs.ReadLink(r.FS, Rel(next))
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
		info, err := fs.Stat(r.FS, Rel(cur))
		return cur, info, err
	}
	return cur, last, nil
}

// Lstat returns what lies at p itself, following links above it only.
func (r Root) Lstat(p string) (dir string, info fs.FileInfo, err error) {
	dir, _, err = r.Resolve(path.Dir(p))
	if err != nil {
		return "", nil, err
	}
	info, err = fs.Lstat(r.FS, Rel(path.Join(dir, path.Base(p))))
	return dir, info, err
}

// ReadLink returns the text of the link at p.
func (r Root) ReadLink(p string) (string, error) {
	dir, _, err := r.Resolve(path.Dir(p))
	if err != nil {
		return "", err
	}
	return fs.ReadLink(r.FS, Rel(path.Join(dir, path.Base(p))))
}

// Real is p with every symlink resolved; p itself where it leads nowhere.
func (r Root) Real(p string) string {
	if real, _, err := r.Resolve(p); err == nil {
		return real
	}
	return p
}
