package elfdeps

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// failure is why a path does not lead to a file, as far as the loader cares: glibc
// goes on searching after some errors and gives up a search path after others.
type failure uint8

const (
	ok        failure = iota
	notExist          // ENOENT
	notDir            // ENOTDIR
	denied            // EACCES
	loop              // ELOOP
	otherFail         // EIO, ENAMETOOLONG and the like
)

// text holds the words of strerror(3) for each failure.
var failureText = [...]string{
	ok: "", notExist: "No such file or directory", notDir: "Not a directory",
	denied: "Permission denied", loop: "Too many levels of symbolic links",
	otherFail: "Input/output error",
}

// node is what lstat says of one path without symlinks above it.
type node struct {
	fail   failure
	mode   fs.FileMode
	target string // of a symlink
	size   int64
	id     fileID
}

// place is where a path leads: node is never a symlink when fail is ok.
type place struct {
	real  string // absolute, without symlinks
	node  node
	links int // symlinks followed on the way
	fail  failure
}

// resolver follows symlinks by itself, inside the file system it was given, so that
// absolute links stay inside a sysroot. It remembers all it has seen: a process that
// examines many programs asks for the same directories again and again.
type resolver struct {
	fsys  fs.FS
	links fs.ReadLinkFS // nil when fsys has no symlinks
	nodes map[string]node
	dirs  map[string]place
	bytes int // of the keys of both
}

func newResolver(fsys fs.FS) *resolver {
	r := &resolver{fsys: fsys, nodes: map[string]node{}, dirs: map[string]place{}}
	r.links, _ = fsys.(fs.ReadLinkFS)
	return r
}

// resolve finds what the absolute path p leads to.
func (r *resolver) resolve(p string) place { return r.follow(p, 0) }

func (r *resolver) follow(p string, links int) place {
	if len(p) >= maxPath {
		return place{fail: otherFail}
	}
	i := strings.LastIndexByte(p, '/')
	base := p[i+1:]
	if base == "" || base == "." || base == ".." {
		return r.followDir(p, links)
	}
	dir := r.followDir(p[:i], links)
	if dir.fail != ok {
		return dir
	}
	return r.leaf(dir, base)
}

// leaf resolves one name in a directory that is resolved already.
func (r *resolver) leaf(dir place, name string) place {
	p := dir.real + "/" + name
	if dir.real == "/" {
		p = "/" + name
	}
	n := r.lstat(p)
	switch {
	case n.fail != ok:
		return place{fail: n.fail, links: dir.links}
	case n.mode&fs.ModeSymlink == 0:
		return place{real: p, node: n, links: dir.links}
	case dir.links >= maxLinks:
		return place{fail: loop, links: dir.links}
	case n.target == "":
		return place{fail: notExist, links: dir.links}
	case n.target[0] == '/':
		return r.follow(n.target, dir.links+1)
	}
	return r.follow(dir.real+"/"+n.target, dir.links+1)
}

// followDir resolves p, which must be a directory.
func (r *resolver) followDir(p string, links int) place {
	p = strings.TrimRight(p, "/")
	if p == "" {
		return place{real: "/", node: node{mode: fs.ModeDir}, links: links}
	}
	if known, seen := r.dirs[p]; seen {
		known.links += links
		if known.links > maxLinks {
			return place{fail: loop, links: known.links}
		}
		return known
	}
	i := strings.LastIndexByte(p, '/')
	var at place
	switch base := p[i+1:]; base {
	case ".", "..":
		at = r.followDir(p[:i], links)
		if at.fail == ok && base == ".." {
			at.real = path.Dir(at.real)
		}
	default:
		at = r.follow(p, links)
	}
	if at.fail == ok && !at.node.mode.IsDir() {
		at = place{fail: notDir, links: at.links}
	}
	if at.fail != loop { // whether it is a loop depends on the links before it
		keep := at
		keep.links -= links
		r.remember(p)
		r.dirs[p] = keep
	}
	return at
}

func (r *resolver) lstat(p string) node {
	if n, seen := r.nodes[p]; seen {
		return n
	}
	n := r.ask(p)
	r.remember(p)
	r.nodes[p] = n
	return n
}

// remember makes room for what is known of p.
func (r *resolver) remember(p string) {
	if r.bytes += len(p); r.bytes > maxNodeBytes {
		clear(r.nodes)
		clear(r.dirs)
		r.bytes = len(p)
	}
}

func (r *resolver) ask(p string) node {
	name := fsName(p)
	if !fs.ValidPath(name) {
		return node{fail: notExist}
	}
	var info fs.FileInfo
	var err error
	if r.links != nil {
		info, err = r.links.Lstat(name)
	} else {
		info, err = fs.Stat(r.fsys, name)
	}
	if err != nil {
		return node{fail: failureOf(err)}
	}
	n := node{mode: info.Mode(), size: info.Size(), id: identify(info, p)}
	if n.mode&fs.ModeSymlink != 0 {
		if r.links == nil {
			return node{fail: notExist}
		}
		if n.target, err = r.links.ReadLink(name); err != nil {
			return node{fail: failureOf(err)}
		}
	}
	return n
}

// failures maps errors of a file system to what the loader would see.
var failures = []struct {
	err  error
	fail failure
}{
	{syscall.ENOTDIR, notDir},
	{syscall.ELOOP, loop},
	{fs.ErrNotExist, notExist},
	{fs.ErrPermission, denied},
}

func failureOf(err error) failure {
	for _, f := range failures {
		if errors.Is(err, f.err) {
			return f.fail
		}
	}
	return otherFail
}

// fsName turns an absolute path into a name for io/fs.
func fsName(p string) string {
	if p == "/" {
		return "."
	}
	return strings.TrimPrefix(p, "/")
}
