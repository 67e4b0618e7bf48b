package elfdeps

import (
	"cmp"
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
	p := l.abs(strings.TrimPrefix(program, "./"))
	f, at, err := l.program(p)
	if err != nil {
		return nil, err
	}
	c := &Closure{Program: f, ProgramReal: at.real, Interpreter: f.Interpreter}
	if f.Static() {
		return c, nil
	}
	m := machineOf(f)
	in := l.interpreter(l.interpreterPath(f, m), m)
	if faults := l.load(at).faults; f.Interpreter == "" && !in.musl { // the loader maps it, not the kernel
		if fault := faults.of(in); fault != "" {
			return nil, fmt.Errorf("%s: %w", p, badf(l.load(at).hdr.phoff, "%s", fault))
		}
	}
	ns := l.newNamespace(f, in, m)
	c.ns = ns
	ns.addProgram(f, p, at)
	loader := ns.addInterpreter()
	c.InterpreterMissing = f.Interpreter != "" && in.file == nil
	if !in.musl {
		ns.env = ns.splitPath(ns.main, splitLibraryPath(l.cfg.LibraryPath))
	}
	queue := append([]*link{ns.main}, ns.preload(c)...)
	if err := ns.loadNeeded(c, queue); err != nil {
		return nil, err
	}
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
	if err := cmp.Or(cand.err, cand.interp); err != nil {
		return nil, at, fmt.Errorf("%s: %w", p, err)
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
func (ns *namespace) loadNeeded(c *Closure, queue []*link) error {
	b := breadthFirst{ns: ns, c: c, queue: queue, seen: make([]bool, len(ns.links))}
	for i := range b.seen {
		b.seen[i] = true
	}
	for len(b.queue) > 0 {
		if len(ns.links) > maxObjects {
			return fmt.Errorf("%s: more than %d libraries", c.Program.Path, maxObjects)
		}
		if b.ns.lost > maxLost {
			return fmt.Errorf("%s: DT_FILTER and DT_AUXILIARY lead around in a circle", c.Program.Path)
		}
		b.step()
	}
	ns.sort(c.Objects)
	return nil
}

// breadthFirst is the list that elf/dl-deps.c builds in _dl_map_object_deps.
type breadthFirst struct {
	ns    *namespace
	c     *Closure
	queue []*link
	seen  []bool // by link.seq: loaded, and in the queue or done with
}

// step takes the first object off the queue and loads what it needs. Objects named by
// DT_AUXILIARY and DT_FILTER come before all others in the queue, and in the list before
// the one that names them. What the first object of all names so falls off the list: it is
// mapped, but neither listed nor found again (nor shown by ldd). Linkers write these tags
// into libraries only, so that this concerns libraries given as the program.
func (b *breadthFirst) step() {
	from := b.queue[0]
	b.queue = b.queue[1:]
	if from.file == nil {
		return
	}
	var first []*link
	for _, n := range from.file.needs {
		name, asked := b.ns.asks(from, n)
		if !asked {
			continue
		}
		to, miss := b.ns.mapObject(from, name)
		if to == nil {
			if lost := b.ns.isLost(from) && n.tag == elf.DT_FILTER && !miss.refused(); n.tag != elf.DT_AUXILIARY && !lost { // without one the object does by itself
				from.edges = append(from.edges, edge{name: name})
				addMissing(&b.c.Missing, *miss)
			}
			continue
		}
		from.edges = append(from.edges, edge{name, to})
		if to.obj != nil && to.seq >= b.ns.before && !slices.Contains(to.obj.NeededBy, from.path) {
			to.obj.NeededBy = append(to.obj.NeededBy, from.path)
		}
		isNew := b.note(to)
		if n.tag == elf.DT_NEEDED {
			if isNew {
				b.queue = append(b.queue, to)
			}
		} else if i := slices.Index(b.queue, to); isNew || i >= 0 {
			if i >= 0 {
				b.queue = slices.Delete(slices.Clone(b.queue), i, i+1)
			}
			first = append(first, to)
			switch {
			case to.seq < b.ns.before || to == from:
			case b.ns.isLost(from):
				b.ns.lose(to)
				b.c.Objects = slices.DeleteFunc(b.c.Objects, func(o *Object) bool { return o == to.obj })
			default:
				b.ns.moveBefore(to, from)
			}
		}
	}
	if len(first) > 0 {
		b.queue = append(first, b.queue...)
	}
}

// asks returns the name to look up for one tag. musl expands no tokens in names and knows
// DT_NEEDED only.
func (ns *namespace) asks(l *link, n need) (name string, asked bool) {
	if ns.interp.musl {
		return n.name, n.tag == elf.DT_NEEDED
	}
	name = ns.tokens(l, n.name)
	return name, name != ""
}

// note reports whether to was loaded just now, and lists it then.
func (b *breadthFirst) note(to *link) bool {
	for to.seq >= len(b.seen) {
		b.seen = append(b.seen, false)
	}
	if b.seen[to.seq] {
		return false
	}
	b.seen[to.seq] = true
	b.c.Objects = append(b.c.Objects, to.obj)
	return true
}

// mapObject returns the loaded object that name denotes, loading it if need be.
func (ns *namespace) mapObject(from *link, name string) (*link, *Missing) {
	if ns.interp.musl {
		return ns.mapMusl(from, name)
	}
	return ns.mapFor(from, from, name)
}

// mapFor searches by the paths of caller; parent becomes the new object's l_loader.
func (ns *namespace) mapFor(caller, parent *link, name string) (*link, *Missing) {
	if l := ns.loaded(name); l != nil {
		ns.name(l, name) // a DT_SONAME that was asked for becomes one of its names
		return l, nil
	}
	s := search{ns: ns, caller: caller, name: name}
	f, hit := s.run()
	if !hit {
		// Once more, to say where: the paths are not collected in the common case.
		t := trail{room: &ns.room}
		again := search{ns: ns, caller: caller, name: name, tried: &t}
		again.run()
		return nil, &Missing{Soname: name, NeededBy: []string{caller.path}, Tried: t.paths, Reason: s.reason(), TriedMore: t.more}
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
func addMissing(list *[]Missing, m Missing) {
	for i := range *list {
		if old := &(*list)[i]; old.Soname == m.Soname && old.Reason == m.Reason {
			for _, by := range m.NeededBy {
				if !slices.Contains(old.NeededBy, by) {
					old.NeededBy = append(old.NeededBy, by)
				}
			}
			old.TriedMore += m.TriedMore
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
