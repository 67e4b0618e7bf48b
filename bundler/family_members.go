package bundler

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// maxMembers bounds what is collected for one family: the largest trees known have
// some 50,000 files (a node_modules).
const maxMembers = 200_000

// members collects the files of one family.
type members struct {
	*planner
	n     *native
	m     *membership
	reqs  []request
	files []string
	seen  map[string]bool // real directories walked, files taken
}

// collect lists the members of a family that the image lacks: libraries as requests
// to the loader, the rest by host path.
func (p *planner) collect(n *native, m *membership) *members {
	c := &members{planner: p, n: n, m: m, seen: map[string]bool{}}
	for _, r := range m.roots {
		for _, g := range m.globs(r) {
			found, err := fs.Glob(p.in.Host, rel(g))
			if err != nil {
				continue // our own patterns; a path in one that is no pattern finds nothing
			}
			for _, f := range found {
				c.root("/"+f, r)
			}
		}
	}
	return c
}

func (c *members) root(at string, r familyRoot) {
	if !r.used {
		c.walk(at, "", r)
		return
	}
	for _, name := range c.usedBelow(at) {
		c.walk(path.Join(at, name), name, r)
	}
}

// usedBelow lists the entries of dir of which the native run used a part.
func (c *members) usedBelow(dir string) []string {
	var names []string
	note := func(p string) {
		tail, ok := strings.CutPrefix(p, dir+"/")
		if name, _, deep := strings.Cut(tail, "/"); ok && deep && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, l := range c.in.Facts.Libraries {
		note(l.Path)
	}
	for _, f := range c.in.Facts.Files {
		note(f.Path)
	}
	return names
}

// walk takes what lies at the host path, below the root by tail.
func (c *members) walk(at, tail string, r familyRoot) {
	if len(c.seen) > maxMembers || tail != "" && skipped(tail) || c.excluded.match(at) {
		return
	}
	dir, info, err := c.plan.host.Lstat(at)
	if err != nil {
		return
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		real, target, err := c.plan.host.Resolve(at)
		if err != nil || !target.IsDir() {
			c.file(at, r)
			return
		}
		c.files = append(c.files, at)
		at, info, dir = real, target, path.Dir(real)
	}
	if !info.IsDir() {
		c.file(at, r)
		return
	}
	real := path.Join(dir, path.Base(at))
	if c.seen[real] {
		return
	}
	c.seen[real] = true
	entries, err := fs.ReadDir(c.in.Host, rel(real))
	if err != nil {
		return
	}
	for _, e := range entries {
		c.walk(path.Join(at, e.Name()), path.Join(tail, e.Name()), r)
	}
}

func skipped(tail string) bool {
	base := path.Base(tail)
	for _, pattern := range skippedMembers {
		if below, dir := strings.CutSuffix(pattern, "/"); dir {
			if ok, _ := path.Match(below, tail); ok {
				return true
			}
		} else if ok, _ := path.Match(pattern, base); ok {
			return true
		}
	}
	return false
}

// libraryNames are the words of a driver list that name a library:
//
//	libpocl.so.2.10.0
//	"library_path": "/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so",
var libraryNames = regexp.MustCompile(`[\w./+-]+\.so(?:\.[\w.]+)?`)

func (c *members) file(at string, r familyRoot) {
	if c.seen[at] || c.leftOut(at) {
		return
	}
	c.seen[at] = true
	if strings.Contains(path.Base(at), ".so") && c.library(at, r.byName) {
		return
	}
	c.files = append(c.files, at)
	if !r.names {
		return
	}
	text, err := readBounded(c.in.Host, at)
	if err != nil {
		return
	}
	for _, name := range libraryNames.FindAllString(string(text), -1) {
		if path.IsAbs(name) {
			c.library(name, false)
		} else if added, err := c.n.loader.Dlopen(c.n.proc, "", name); err == nil && len(added.Objects) > 0 {
			c.library(added.Objects[0].Path, true)
		}
	}
}

// library makes a request of a library as the program would make it at run time. It
// reports false for what is none.
func (c *members) library(at string, byName bool) bool {
	real, info, err := c.plan.host.Resolve(at)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := c.parse(real)
	if err != nil {
		return false
	}
	q := request{name: at, byPath: true, certain: true, path: at, file: file, family: c.m.name}
	if byName {
		q.name, q.byPath, q.foundBy = path.Base(at), false, elfdeps.ByCache
	}
	// The model of the host learns where what it needs lies.
	if added, err := c.n.loader.Dlopen(c.n.proc, "", at); err == nil {
		c.n.take(added)
	}
	c.reqs = append(c.reqs, q)
	return true
}

// place puts the data of the family into the image.
func (c *members) place() {
	if c.in.LibsOnly {
		return
	}
	for _, f := range c.files {
		if c.layout.has(f) || c.mountAbove(f) != "" || c.served(f) {
			continue
		}
		if reason := secret(f); reason != "" {
			c.drop(f, "%s is not bundled; map it by hand if the program needs it", reason)
			continue
		}
		about := Entry{Kind: KindData, Why: "of the family " + c.m.name, Family: c.m.name}
		if _, err := c.layout.place(f, f, about); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.drop(f, "%v", err)
		}
	}
}
