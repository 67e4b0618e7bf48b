package elfdeps

import (
	"debug/elf"
	"path"
	"strings"
)

// muslOwn are the libraries that musl's loader is itself: it never loads a file for
// them (ldso/dynlink.c, load_library). "lib" comes before, a dot behind.
var muslOwn = []string{"c", "pthread", "rt", "m", "dl", "util", "xnet"}

// muslDirs is searched where there is no /etc/ld-musl-ARCH.path.
const muslDirs = "/lib:/usr/local/lib:/usr/lib"

// mapMusl is mapFor by musl's rules: LD_LIBRARY_PATH first, then the DT_RUNPATH or
// DT_RPATH (musl makes no difference) of the asking object and of all that led to it,
// then the system path. There is no cache, no hwcaps and no going on after a file of the
// wrong class or machine: the first that opens is taken. Only names found by a search
// are remembered, and DT_SONAME never counts.
func (ns *namespace) mapMusl(caller *link, name string) (*link, *Missing) {
	if ns.isMusl(name) {
		return ns.links[1], nil
	}
	before := ns.room
	tried := trail{room: &ns.room}
	var f found
	var hit, slash bool
	if slash = strings.Contains(name, "/"); slash {
		f, hit = ns.muslFile(name, &tried)
		f.by = ByPath
	} else {
		if l := ns.byName[name]; l != nil {
			return l, nil
		}
		f, hit = ns.muslSearch(caller, name, &tried)
	}
	miss := &Missing{Soname: name, Tried: tried.paths, TriedMore: tried.more}
	if caller != nil {
		miss.NeededBy = []string{caller.path}
	}
	if !hit {
		return nil, miss
	}
	ns.room = before
	if l := ns.byID[f.at.node.id]; l != nil {
		if !slash {
			ns.name(l, name)
		}
		return l, nil
	}
	c := ns.l.load(f.at)
	if miss.Reason = muslFault(c, ns.main.file); miss.Reason != "" {
		miss.Reason = f.name + ": " + miss.Reason
		return nil, miss
	}
	f.file = c.file
	l := ns.newMuslLink(f, name, caller, slash)
	return l, nil
}

func (ns *namespace) newMuslLink(f found, name string, parent *link, slash bool) *link {
	p := ns.l.abs(f.name)
	file := *f.file
	file.Path = p
	l := &link{
		file: &file, at: f.at, parent: parent, origin: originOf(p), path: p,
		obj: &Object{Soname: name, Path: p, Real: f.at.real, FoundBy: f.by, File: &file},
	}
	if slash {
		ns.add(l) // only a search gives a library its short name
	} else {
		ns.add(l, name)
	}
	ns.byID[f.at.node.id] = l
	return l
}

func (ns *namespace) isMusl(name string) bool {
	if name == ns.interp.path || name == path.Base(ns.interp.path) {
		return true
	}
	rest, isLib := strings.CutPrefix(name, "lib")
	if !isLib {
		return false
	}
	for _, own := range muslOwn {
		if strings.HasPrefix(rest, own+".") {
			return true
		}
	}
	return false
}

func (ns *namespace) muslSearch(caller *link, name string, tried *trail) (found, bool) {
	f, hit, stop := ns.muslPath(ns.l.cfg.LibraryPath, name, ByLibraryPath, tried)
	for l := caller; l != nil && !hit && !stop; l = l.parent {
		list, by := muslRpath(l)
		f, hit, stop = ns.muslPath(list, name, by, tried)
	}
	if hit || stop {
		return f, hit
	}
	f, hit, _ = ns.muslPath(ns.muslSystemPath(), name, ByDefault, tried)
	return f, hit
}

// muslPath tries the directories of a list; empty elements are skipped. An error other
// than a missing or unreadable file ends the whole search (path_open).
func (ns *namespace) muslPath(list, name string, by FoundBy, tried *trail) (f found, hit, stop bool) {
	dirs := strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == '\n' })
	for _, dir := range dirs[:min(len(dirs), maxDirs)] {
		p := dir + "/" + name
		tried.add(ns.l, "", p)
		at := ns.l.fs.resolve(ns.l.abs(p))
		switch at.fail {
		case ok:
			return found{name: p, at: at, by: by}, true, false
		case loop, otherFail:
			return found{}, false, true
		}
	}
	return found{}, false, false
}

func (ns *namespace) muslFile(p string, tried *trail) (found, bool) {
	tried.add(ns.l, "", p)
	at := ns.l.fs.resolve(ns.l.abs(p))
	return found{name: p, at: at}, at.fail == ok
}

// muslRpath expands an object's path. musl knows $ORIGIN only, and ignores a list with
// any other '$' as a whole (fixup_rpath).
func muslRpath(l *link) (string, FoundBy) {
	if l.file == nil {
		return "", ByRpath
	}
	list, by := l.file.Runpath, ByRunpath
	if list == nil {
		list, by = l.file.Rpath, ByRpath
	}
	joined := strings.Join(list, ":")
	if !strings.Contains(joined, "$") {
		return joined, by
	}
	expanded := strings.NewReplacer("${ORIGIN}", l.origin, "$ORIGIN", l.origin).Replace(joined)
	if strings.Contains(strings.NewReplacer("${ORIGIN}", "", "$ORIGIN", "").Replace(joined), "$") {
		return "", by
	}
	return expanded, by
}

// muslSystemPath reads /etc/ld-musl-ARCH.path, below the prefix that the loader is
// installed in: two levels above its file.
func (ns *namespace) muslSystemPath() string {
	arch := strings.TrimSuffix(strings.TrimPrefix(path.Base(ns.interp.path), "ld-musl-"), ".so.1")
	prefix := path.Dir(path.Dir(ns.interp.path))
	if prefix == "/" {
		prefix = ""
	}
	p := prefix + "/etc/ld-musl-" + arch + ".path"
	if at := ns.l.fs.resolve(ns.l.abs(p)); at.fail == notExist {
		return muslDirs
	}
	b, err := ns.l.readWhole(p, maxPreload)
	if err != nil {
		return ""
	}
	return string(b)
}

// muslFault says why a file that musl opened is of no use. musl itself does not look at
// the machine, and dies later of a foreign library.
func muslFault(c *candidate, program *File) string {
	switch {
	case c.err != nil:
		return c.err.Error()
	case c.file.Type != elf.ET_DYN && c.file.Type != elf.ET_EXEC:
		return "Exec format error"
	case c.file.Class != program.Class || c.file.Machine != program.Machine || c.file.Data != program.Data:
		return "Exec format error: a library for " + c.file.Machine.String() + " " + c.file.Class.String()
	case !c.file.Dynamic:
		return "Exec format error: no dynamic section"
	}
	return ""
}
