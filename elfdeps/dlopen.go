package elfdeps

import (
	"path"
	"strings"
)

// Dlopen finds what dlopen(name) maps in the process that c describes, when the call
// comes from the object caller: a path, a resolved path or a soname of c; "" and the
// program's path mean the program. A name with a slash is a path, relative ones from
// Config.Cwd; others are searched for by the caller's paths, LD_LIBRARY_PATH, the cache
// and the built-in directories.
//
// The result holds only the objects that are added; none when name is loaded already. c
// is not changed. The result stands for the process after the call, so that it can be
// the c of the next one. A library that is not found is in Missing.
func (l *Loader) Dlopen(c *Closure, caller, name string) (*Closure, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dlopen(c, caller, name)
}

func (l *Loader) dlopen(c *Closure, caller, name string) (*Closure, error) {
	added := &Closure{Program: c.Program, ProgramReal: c.ProgramReal, Interpreter: c.Interpreter, InterpreterMissing: c.InterpreterMissing}
	if c.ns == nil { // a static program: glibc loads with the rules of a dynamic one
		ns, err := l.staticNamespace(c.Program)
		if err != nil {
			return nil, err
		}
		added.ns = ns
	} else {
		added.ns = c.ns.clone()
	}
	if name == "" { // the program itself
		return added, nil
	}
	ns := added.ns
	from, err := l.callerLink(ns, caller)
	if err != nil {
		return nil, err
	}
	before := len(ns.links)
	to, miss := ns.mapDlopen(from, name)
	switch {
	case to == nil:
		added.Missing = []Missing{*miss}
	case to.seq >= before:
		to.obj.NeededBy = []string{from.path}
		added.Objects = append(added.Objects, to.obj)
		if err := ns.loadNeeded(added, []*link{to}); err != nil {
			return nil, err
		}
		added.VersionMissing = ns.checkVersions(ns.links[before:])
	}
	return added, nil
}

// mapDlopen searches by the caller's paths, but the new object does not inherit them:
// its l_loader is nil (elf/dl-load.c, __RTLD_CALLMAP). musl searches from the program.
func (ns *namespace) mapDlopen(from *link, name string) (*link, *Missing) {
	if ns.interp.musl {
		to, miss := ns.mapMusl(ns.main, name)
		if miss != nil {
			miss.NeededBy = []string{from.path}
		}
		return to, miss
	}
	return ns.mapFor(from, nil, name)
}

// callerLink finds the object that calls dlopen. One that is not in the list, because
// nobody told how it came into the process, counts as loaded by nobody.
func (l *Loader) callerLink(ns *namespace, caller string) (*link, error) {
	if caller == "" || caller == ns.main.path || caller == ns.main.at.real {
		return ns.main, nil
	}
	for _, k := range ns.links {
		if k.path == caller || k.at.real == caller {
			return k, nil
		}
	}
	if k := ns.loaded(caller); k != nil {
		return k, nil
	}
	if !strings.Contains(caller, "/") {
		for _, k := range ns.links {
			if path.Base(k.path) == caller {
				return k, nil
			}
		}
	}
	f, at, err := l.program(l.abs(caller))
	if err != nil {
		return nil, err
	}
	return &link{file: f, at: at, origin: originOf(f.Path), path: f.Path}, nil
}

// staticNamespace is the list of a static program: itself. glibc's dlopen in it maps a
// loader as a library like any other, because libc.so.6 needs one.
func (l *Loader) staticNamespace(f *File) (*namespace, error) {
	_, at, err := l.program(f.Path)
	if err != nil {
		return nil, err
	}
	m := machineOf(f)
	ns := l.newNamespace(f, l.interpreter(l.interpreterPath(f, m), m), m)
	ns.addProgram(f, f.Path, at)
	if ns.interp.musl {
		ns.addInterpreter() // which isMusl expects
	} else {
		ns.addVDSO()
	}
	ns.env = ns.splitPath(ns.main, splitLibraryPath(l.cfg.LibraryPath))
	return ns, nil
}
