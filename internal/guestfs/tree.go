// Package guestfs holds a file tree that exists only as a plan: which path of a
// Nanos image comes from which file of the host. It serves as an fs.FS, so the
// loader model and the diagnosis look into an image that nobody has built yet
// exactly as they look into the host's root.
//
// internal/ops fills a Tree by Ops's rules, bundler overlays what a fix adds, and
// internal/rehearse lays it out as a real root directory.
//
// Paths are absolute and slash-separated ("/lib64/ld-linux-x86-64.so.2") in the
// Tree's own methods, and without the leading slash in the fs.FS methods, as io/fs
// wants them.
package guestfs

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Node is one entry of a Tree.
type Node struct {
	Mode    fs.FileMode // type bits and permissions; fs.ModeSymlink for a link
	Host    string      // absolute host path of a regular file's content; "" when Content holds it
	Content []byte      // content of a generated file
	Target  string      // what a symlink points to, verbatim
	Size    int64       // bytes
	Origin  string      // why it is in the image: "program", "closure", `Files[2]`, "ops" …
}

// Tree is a file tree by provenance. The zero value is not usable; call New.
type Tree struct {
	nodes    map[string]*Node
	children map[string]map[string]bool // directory → names in it
}

// New returns a Tree that holds only its root directory.
func New() *Tree {
	t := &Tree{nodes: map[string]*Node{}, children: map[string]map[string]bool{}}
	t.nodes["/"] = &Node{Mode: fs.ModeDir | 0o755}
	t.children["/"] = map[string]bool{}
	return t
}

// Clone returns an independent copy; nodes are shared because they are never
// changed after they were added.
func (t *Tree) Clone() *Tree {
	c := &Tree{nodes: make(map[string]*Node, len(t.nodes)), children: make(map[string]map[string]bool, len(t.children))}
	for p, n := range t.nodes {
		c.nodes[p] = n
	}
	for d, names := range t.children {
		m := make(map[string]bool, len(names))
		for n := range names {
			m[n] = true
		}
		c.children[d] = m
	}
	return c
}

// Add puts n at p, with the directories above it. A later Add of the same path
// replaces the earlier one, as it does in Ops's manifest. It fails where a
// component above p is not a directory.
func (t *Tree) Add(p string, n Node) error {
	p = path.Clean("/" + p)
	if p == "/" {
		if n.Mode.IsDir() {
			return nil
		}
		return fmt.Errorf("add /: the root is a directory")
	}
	parent := path.Dir(p)
	if err := t.mkdir(parent, n.Origin); err != nil {
		return fmt.Errorf("add %s: %w", p, err)
	}
	if old := t.nodes[p]; old != nil && old.Mode.IsDir() {
		if n.Mode.IsDir() {
			return nil
		}
		if len(t.children[p]) > 0 {
			return fmt.Errorf("add %s: a directory with entries is there already", p)
		}
		delete(t.children, p)
	}
	if n.Content != nil {
		n.Size = int64(len(n.Content))
	}
	t.nodes[p] = &n
	t.children[parent][path.Base(p)] = true
	if n.Mode.IsDir() && t.children[p] == nil {
		t.children[p] = map[string]bool{}
	}
	return nil
}

func (t *Tree) mkdir(p, origin string) error {
	if n := t.nodes[p]; n != nil {
		if !n.Mode.IsDir() {
			return fmt.Errorf("%s is not a directory", p)
		}
		return nil
	}
	if err := t.mkdir(path.Dir(p), origin); err != nil {
		return err
	}
	t.nodes[p] = &Node{Mode: fs.ModeDir | 0o755, Origin: origin}
	t.children[p] = map[string]bool{}
	t.children[path.Dir(p)][path.Base(p)] = true
	return nil
}

// Remove takes p and everything below it out of the tree.
func (t *Tree) Remove(p string) {
	p = path.Clean("/" + p)
	for name := range t.children[p] {
		t.Remove(path.Join(p, name))
	}
	delete(t.nodes, p)
	delete(t.children, p)
	if c := t.children[path.Dir(p)]; c != nil {
		delete(c, path.Base(p))
	}
}

// Lookup returns the entry at p itself, following no link in the last component
// and none above it either.
func (t *Tree) Lookup(p string) (Node, bool) {
	n, ok := t.nodes[path.Clean("/"+p)]
	if !ok {
		return Node{}, false
	}
	return *n, true
}

// maxLinks bounds symlink resolution as the kernels do (Linux: MAXSYMLINKS 40).
const maxLinks = 40

// Resolve follows every symlink of p and returns the path and entry it ends at.
// The error is fs.ErrNotExist, or says that links form a loop.
func (t *Tree) Resolve(p string) (string, Node, error) {
	return t.resolve(p, true)
}

func (t *Tree) resolve(p string, last bool) (string, Node, error) {
	links := 0
	rest := strings.Split(strings.Trim(p, "/"), "/")
	cur := "/"
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			cur = path.Dir(cur)
			continue
		}
		next := path.Join(cur, name)
		n := t.nodes[next]
		if n == nil || !t.nodes[cur].Mode.IsDir() {
			return "", Node{}, &fs.PathError{Op: "resolve", Path: p, Err: fs.ErrNotExist}
		}
		if n.Mode&fs.ModeSymlink == 0 || (len(rest) == 0 && !last) {
			cur = next
			continue
		}
		if links++; links > maxLinks {
			return "", Node{}, &fs.PathError{Op: "resolve", Path: p, Err: fmt.Errorf("more than %d symlinks", maxLinks)}
		}
		if strings.HasPrefix(n.Target, "/") {
			cur = "/"
		}
		rest = append(strings.Split(strings.Trim(n.Target, "/"), "/"), rest...)
	}
	return cur, *t.nodes[cur], nil
}

// Walk calls fn for every entry below the root in lexical order, a directory
// before what it holds.
func (t *Tree) Walk(fn func(p string, n Node) error) error {
	paths := make([]string, 0, len(t.nodes))
	for p := range t.nodes {
		if p != "/" {
			paths = append(paths, p)
		}
	}
	sort.Strings(paths)
	for _, p := range paths {
		if err := fn(p, *t.nodes[p]); err != nil {
			return err
		}
	}
	return nil
}
