package strace

import (
	"path"
	"slices"
	"strings"
)

// loaderSearch recognises the loader's search for a bare name in one thread's
// calls. It tries the same base name in directory after directory, or reads its
// cache and opens what that says:
//
//	openat(AT_FDCWD, "/opt/a/libx.so.1", …) = -1 ENOENT
//	openat(AT_FDCWD, "/usr/lib/libx.so.1", …) = 3
//
//	openat(AT_FDCWD, "/etc/ld.so.cache", …) = 3
//	openat(AT_FDCWD, "/usr/local/lib/libx.so.1", …) = 3
type loaderSearch struct {
	base  string // last base name that was not found; "" none
	cache bool   // the cache was opened, and nothing else since
}

const loaderCache = "/etc/ld.so.cache"

func (s *loaderSearch) failed(p string) {
	if b := path.Base(p); looksLikeLibrary(b) {
		if b != s.base {
			s.base = strings.Clone(b)
		}
	}
}

// found reports whether p, just opened, ends such a search.
func (s *loaderSearch) found(p string) bool {
	b := path.Base(p)
	return looksLikeLibrary(b) && (s.cache || s.base == b)
}

// next is told of every file opened for reading.
func (s *loaderSearch) next(p string) {
	*s = loaderSearch{cache: p == loaderCache}
}

// looksLikeLibrary goes by the name: libx.so, libx.so.1.2, _ssl.cpython-311.so,
// addon.node. It is used where a record has no mmap calls.
func looksLikeLibrary(base string) bool {
	if strings.HasSuffix(base, ".node") {
		return true
	}
	i := strings.LastIndex(base, ".so")
	if i <= 0 {
		return false
	}
	for _, c := range base[i+len(".so"):] { // a version may follow, nothing else: not ld.so.cache
		if c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Facts returns what is known so far. The collector may go on.
func (c *Collector) Facts() *Facts {
	f := c.facts
	f.Syscalls = make(map[string]int, len(c.facts.Syscalls))
	for name, n := range c.facts.Syscalls {
		f.Syscalls[name] = n
	}
	f.Execs = slices.Clone(c.facts.Execs)
	f.Libraries, f.Files, f.NotFound = nil, nil, nil
	for _, x := range c.order {
		if c.isLibrary(x) {
			requested := x.requested
			if requested == "" {
				requested = x.use.Path
			}
			f.Libraries = append(f.Libraries, Library{Path: x.use.Path, Asked: x.use.Asked, RequestedAs: requested, OpenedBy: x.caller, Mapped: x.mapped, Line: x.line})
			continue
		}
		f.Files = append(f.Files, x.use)
	}
	if !c.recordsForks() {
		f.Forks, f.Threads = c.looseForks, max(0, c.looseThreads-1)
	}
	f.Forks, f.Threads = max(f.Forks, c.begunForks), max(f.Threads, c.begunThreads)
	for _, p := range c.probe {
		f.NotFound = append(f.NotFound, *p)
	}
	if len(c.files) >= maxFacts || len(c.gone) >= maxFacts || c.goneBytes >= maxGoneBytes {
		f.Incomplete = append(f.Incomplete, "the program used more different paths than are kept (a million, or 64 MB of names that do not exist); the rest is not listed")
	}
	return &f
}

func (c *Collector) recordsForks() bool {
	for name := range c.facts.Syscalls {
		if callEffects[name] == effectFork {
			return true
		}
	}
	return false
}

// isLibrary: mapped as code; or, in a record without mmap calls, opened and named
// like one.
func (c *Collector) isLibrary(f *fileFacts) bool {
	if f.use.Mode&ModeExec != 0 || f.use.Created {
		return false // the program itself; code that it wrote at run time
	}
	return f.mapped || !c.maps && f.opened && f.use.Mode&ModeWrite == 0 && looksLikeLibrary(path.Base(f.use.Path))
}
