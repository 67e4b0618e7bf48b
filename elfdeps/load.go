package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Closure finds what the loader maps when program is started: the program's path is
// absolute, or relative to Config.Cwd. A library is taken as `ldd` takes it. The error
// is an *fs.PathError, ErrNotELF, ErrNotProgram or a *FormatError, always with the path;
// a library that is not found is no error but in Missing.
func (l *Loader) Closure(program string) (*Closure, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if program == "" {
		return nil, errors.New("no program given")
	}
	p := l.abs(program)
	f, at, err := l.program(p)
	if err != nil {
		return nil, err
	}
	c := &Closure{Program: f, Interpreter: f.Interpreter}
	if f.Static() {
		return c, nil
	}
	m := machineOf(f)
	in := l.interpreter(l.interpreterPath(f, m), m)
	ns := l.newNamespace(f, in, m)
	c.ns = ns
	ns.addProgram(f, p, at)
	loader := ns.addInterpreter()
	c.InterpreterMissing = f.Interpreter != "" && in.file == nil
	if !in.musl {
		ns.env = ns.splitPath(ns.main, splitLibraryPath(l.cfg.LibraryPath))
	}
	queue := append([]*link{ns.main}, ns.preload(c)...)
	ns.loadNeeded(c, queue)
	if loader.obj != nil {
		c.Objects = append(c.Objects, loader.obj)
	}
	c.VersionMissing = ns.checkVersions(ns.links)
	return c, nil
}

// program opens what the kernel would start.
func (l *Loader) program(p string) (*File, place, error) {
	at := l.fs.resolve(p)
	if at.fail != ok {
		err := error(fs.ErrNotExist)
		if at.fail != notExist {
			err = errors.New(failureText[at.fail])
		}
		return nil, at, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	cand := l.load(at)
	if cand.err != nil {
		return nil, at, fmt.Errorf("%s: %w", p, cand.err)
	}
	f := *cand.file
	f.Path = p
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return nil, at, fmt.Errorf("%s: %w: its ELF type is %v", p, ErrNotProgram, f.Type)
	}
	return &f, at, nil
}

// interpreterPath is PT_INTERP, or for a library the loader that its program most
// likely has.
func (l *Loader) interpreterPath(f *File, m machine) string {
	if f.Interpreter != "" {
		return f.Interpreter
	}
	musl := "/lib/ld-musl-" + m.musl + ".so.1"
	for _, n := range f.Needed {
		if strings.HasPrefix(n, "libc.musl-") || n == "libc.so" && l.fs.resolve(musl).fail == ok {
			return musl
		}
	}
	return m.loader
}

// loadNeeded loads breadth-first what the objects in queue need. An object that was
// there before this call brings nothing: its own needs were met when it was loaded.
func (ns *namespace) loadNeeded(c *Closure, queue []*link) {
	visited := make([]bool, len(ns.links))
	for i := range visited {
		visited[i] = true
	}
	for len(queue) > 0 && len(ns.links) < maxObjects {
		from := queue[0]
		queue = queue[1:]
		ns.eachNeeded(from, func(name string, optional bool) {
			to, miss := ns.mapObject(from, name)
			if to == nil {
				if !optional {
					from.edges = append(from.edges, edge{name: name})
					c.addMissing(&c.Missing, *miss)
				}
				return
			}
			from.edges = append(from.edges, edge{name, to})
			if to.obj != nil && to.seq >= ns.before && !slices.Contains(to.obj.NeededBy, from.path) {
				to.obj.NeededBy = append(to.obj.NeededBy, from.path)
			}
			for to.seq >= len(visited) {
				visited = append(visited, false)
			}
			if !visited[to.seq] {
				visited[to.seq] = true
				c.Objects = append(c.Objects, to.obj)
				queue = append(queue, to)
			}
		})
	}
}

func (ns *namespace) eachNeeded(l *link, fn func(name string, optional bool)) {
	if l.file == nil {
		return
	}
	lists := [...]struct {
		names    []string
		optional bool
	}{{l.file.Filter, false}, {l.file.Auxiliary, true}, {l.file.Needed, false}}
	for _, list := range lists {
		for _, name := range list.names {
			if expanded := ns.tokens(l, name); expanded != "" {
				fn(expanded, list.optional)
			}
		}
	}
}

// mapObject returns the loaded object that name denotes, loading it if need be.
func (ns *namespace) mapObject(from *link, name string) (*link, *Missing) {
	if ns.interp.musl {
		return ns.mapMusl(from, from, name)
	}
	return ns.mapFor(from, from, name)
}

// mapFor searches by the paths of caller; parent becomes the new object's l_loader.
func (ns *namespace) mapFor(caller, parent *link, name string) (*link, *Missing) {
	if l := ns.loaded(name); l != nil {
		return l, nil
	}
	s := search{ns: ns, caller: caller, name: name}
	f, hit := s.run()
	if !hit {
		// Once more, to say where: the paths are not collected in the common case.
		var tried []string
		again := search{ns: ns, caller: caller, name: name, tried: &tried}
		again.run()
		return nil, &Missing{Soname: name, NeededBy: []string{caller.path}, Tried: tried, Reason: s.reason()}
	}
	if l := ns.byID[f.at.node.id]; l != nil { // the same file under another name
		ns.name(l, name)
		return l, nil
	}
	return ns.newLink(f, name, parent, caller), nil
}

func (ns *namespace) newLink(f found, name string, parent, caller *link) *link {
	p := ns.l.abs(f.name)
	file := *f.file
	file.Path = p
	l := &link{
		file: &file, at: f.at, parent: parent, origin: originOf(p), path: p,
		obj: &Object{Soname: name, Path: p, Real: f.at.real, FoundBy: f.by, HWCaps: f.hwcaps, File: &file},
	}
	ns.add(l, name, f.name)
	ns.byID[f.at.node.id] = l
	return l
}

// addMissing merges look-ups of one name that failed in the same way.
func (c *Closure) addMissing(list *[]Missing, m Missing) {
	for i := range *list {
		if old := &(*list)[i]; old.Soname == m.Soname && old.Reason == m.Reason {
			for _, by := range m.NeededBy {
				if !slices.Contains(old.NeededBy, by) {
					old.NeededBy = append(old.NeededBy, by)
				}
			}
			for _, t := range m.Tried {
				if !slices.Contains(old.Tried, t) {
					old.Tried = append(old.Tried, t)
				}
			}
			return
		}
	}
	*list = append(*list, m)
}
