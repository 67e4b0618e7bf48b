package elfdeps

import (
	"cmp"
	"maps"
	"path"
	"slices"
)

// namespace is the loader's list of loaded objects, its link map.
type namespace struct {
	l        *Loader
	interp   *interpreter
	platform string
	machine  machine
	main     *link
	env      []*searchDir // LD_LIBRARY_PATH
	rank     map[string]int
	level    int

	links    []*link
	room     room             // for the paths that were tried for missing libraries
	moved    bool             // links are not in the order of their loading
	lost     int              // how many links fell off the list
	before   int              // links that belong to the closure before a dlopen, and are not to be changed
	byName   map[string]*link // by names asked for and paths
	bySoname map[string]*link // by DT_SONAME
	byID     map[fileID]*link
}

// link is one loaded object, glibc's struct link_map.
type link struct {
	seq    int     // index in namespace.links
	pos    float64 // place in the loader's list, where the first match wins
	names  []string
	obj    *Object
	file   *File // nil for a loader or vDSO whose file is not there
	at     place
	parent *link  // whose DT_NEEDED loaded it (l_loader); nil for the program
	origin string // what $ORIGIN expands to
	path   string // absolute path, for messages; the program's for the program
	lost   bool   // fell off the list: mapped, and never found again
	hidden bool   // the vDSO and a missing loader: names that are satisfied, no object

	rpath, runpath         []*searchDir
	rpathDone, runpathDone bool

	edges []edge
}

// edge is one resolved DT_NEEDED.
type edge struct {
	name string // as asked for, tokens expanded
	to   *link  // nil when missing
}

func (l *Loader) newNamespace(f *File, in *interpreter, m machine) *namespace {
	ns := &namespace{
		l: l, interp: in, machine: m, platform: m.platform,
		byName: map[string]*link{}, bySoname: map[string]*link{}, byID: map[fileID]*link{},
		rank: map[string]int{},
	}
	if l.cfg.Platform != "" {
		ns.platform = l.cfg.Platform
	}
	for i, c := range l.cfg.HWCaps {
		ns.rank[c] = i + 1
		ns.level = max(ns.level, levels[c])
	}
	return ns
}

// levels are the x86-64 levels of the psABI, as numbered in ld.so.cache.
var levels = map[string]int{"x86-64-v2": 1, "x86-64-v3": 2, "x86-64-v4": 3}

// clone copies the list, so that a dlopen adds to its own copy.
func (ns *namespace) clone() *namespace {
	c := *ns
	c.links, c.before = slices.Clone(ns.links), len(ns.links)
	c.byName, c.bySoname, c.byID = maps.Clone(ns.byName), maps.Clone(ns.bySoname), maps.Clone(ns.byID)
	return &c
}

// add appends a loaded object under the given names.
func (ns *namespace) add(l *link, names ...string) {
	l.seq, l.pos = len(ns.links), float64(len(ns.links))
	ns.links = append(ns.links, l)
	for _, n := range names {
		ns.name(l, n)
	}
	if l.file != nil && l.file.Soname != "" {
		claim(ns.bySoname, l.file.Soname, l)
	}
}

// name makes l answer to a further name.
func (ns *namespace) name(l *link, name string) {
	claim(ns.byName, name, l)
	if l.seq >= ns.before {
		l.names = append(l.names, name)
	}
}

func claim(m map[string]*link, name string, l *link) {
	if holder := m[name]; holder == nil || holder.pos > l.pos {
		m[name] = l
	}
}

// moveBefore puts l right before other, as glibc does with an object that other names by
// DT_AUXILIARY or DT_FILTER. It then answers before other to a name that both have.
func (ns *namespace) moveBefore(l, other *link) {
	prev := other.pos - 1
	for _, k := range ns.links {
		if k.pos < other.pos && k.pos > prev {
			prev = k.pos
		}
	}
	l.pos, ns.moved = (prev+other.pos)/2, true
	for _, n := range l.names {
		claim(ns.byName, n, l)
	}
	if l.file != nil && l.file.Soname != "" {
		claim(ns.bySoname, l.file.Soname, l)
	}
}

// isLost reports whether what l names by DT_AUXILIARY or DT_FILTER falls off the list:
// glibc puts it before the head, from where nothing leads to it.
func (ns *namespace) isLost(l *link) bool { return !ns.interp.musl && (l == ns.main || l.lost) }

// lose takes l off the list; others may have claimed its names after it.
func (ns *namespace) lose(l *link) {
	l.lost = true
	ns.lost++
	for _, n := range l.names {
		ns.reclaim(ns.byName, n, l, func(k *link) bool { return slices.Contains(k.names, n) })
	}
	if l.file != nil && l.file.Soname != "" {
		ns.reclaim(ns.bySoname, l.file.Soname, l, func(k *link) bool { return k.file != nil && k.file.Soname == l.file.Soname })
	}
	delete(ns.byID, l.at.node.id)
}

func (ns *namespace) reclaim(m map[string]*link, name string, from *link, has func(*link) bool) {
	if m[name] != from {
		return
	}
	delete(m, name)
	for _, k := range ns.links {
		if !k.lost && has(k) {
			claim(m, name, k)
		}
	}
}

// sort puts objects into the order of the list.
func (ns *namespace) sort(objects []*Object) {
	if !ns.moved {
		return
	}
	pos := make(map[*Object]float64, len(ns.links))
	for _, l := range ns.links {
		pos[l.obj] = l.pos
	}
	slices.SortStableFunc(objects, func(a, b *Object) int { return cmp.Compare(pos[a], pos[b]) })
}

// loaded finds an object that answers to a name already: by a name it was asked for, its
// path, or its DT_SONAME (elf/dl-load.c, _dl_lookup_map). The first loaded wins.
func (ns *namespace) loaded(name string) *link {
	a, b := ns.byName[name], ns.bySoname[name]
	if a == nil || b != nil && b.pos < a.pos {
		return b
	}
	return a
}

// originOf is the directory of a path as the loader knows it: not resolved, not cleaned
// (elf/dl-object.c).
func originOf(p string) string {
	i := len(p) - 1
	for i > 0 && p[i] != '/' {
		i--
	}
	if i <= 0 {
		return "/"
	}
	return p[:i]
}

// addProgram puts the program itself first. The kernel started it, so its origin is its
// real path; it answers to its DT_SONAME only.
func (ns *namespace) addProgram(f *File, p string, at place) {
	origin := path.Dir(at.real)
	if f.Interpreter == "" { // a library, as `ld.so libx.so` takes it
		origin = originOf(p)
	}
	ns.main = &link{file: f, at: at, origin: origin, path: p}
	ns.add(ns.main)
	if f.Interpreter == "" {
		ns.name(ns.main, p)
	}
}

// addInterpreter puts the loader into the list: it answers to the name in PT_INTERP and
// to its DT_SONAME, and its file is never loaded twice by those names.
func (ns *namespace) addInterpreter() *link {
	in := ns.interp
	l := &link{path: ns.l.abs(in.path), origin: originOf(ns.l.abs(in.path)), at: in.at, hidden: true}
	if in.file != nil {
		f := *in.file
		f.Path = l.path
		l.file, l.hidden = &f, false
		soname := f.Soname
		if soname == "" || in.musl {
			soname = path.Base(in.path)
		}
		l.obj = &Object{Soname: soname, Path: l.path, Real: in.at.real, FoundBy: ByLoaded, File: &f}
	}
	names := []string{in.path}
	if in.file == nil || in.musl {
		names = append(names, path.Base(in.path))
	}
	ns.add(l, names...)
	ns.addVDSO()
	return l
}

func (ns *namespace) addVDSO() {
	for name := range vdsoNames {
		ns.name(ns.vdso(), name)
	}
}

// vdso returns a stand-in for the kernel's own object.
func (ns *namespace) vdso() *link {
	for _, l := range ns.links {
		if l.hidden && l.path == "" {
			return l
		}
	}
	l := &link{hidden: true}
	ns.add(l)
	return l
}
