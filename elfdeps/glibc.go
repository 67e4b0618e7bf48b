package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// search is one look-up of a library, glibc's _dl_map_object.
type search struct {
	ns     *namespace
	caller *link // whose paths are used; nil never occurs
	name   string

	tried      *trail    // collects paths when not nil
	foreign    bool      // a file was skipped for its class:
	otherClass elf.Class // the last such
	fatal      string    // a file at which the loader gives up altogether, and why
}

// found is a file that a search arrived at.
type found struct {
	name   string // as glibc knows the object: its l_name
	at     place
	file   *File
	by     FoundBy
	hwcaps bool
}

// run searches in glibc's order. The second result is false when nothing was found.
func (s *search) run() (found, bool) {
	if len(s.name) > maxName && !strings.Contains(s.name, "/") {
		return found{}, false
	}
	if strings.Contains(s.name, "/") {
		p := s.ns.tokens(s.caller, s.name)
		if p == "" {
			return found{}, false
		}
		return s.file(p, ByPath, false)
	}
	for _, step := range [...]func() (found, bool){s.rpaths, s.libraryPath, s.runpath, s.cache, s.defaults} {
		if f, hit := step(); hit || s.fatal != "" {
			return f, hit
		}
	}
	return found{}, false
}

// rpaths tries DT_RPATH of the asking object, of those that led to it, and of the
// program; none of them when the asking object has a DT_RUNPATH.
func (s *search) rpaths() (found, bool) {
	if s.caller.file != nil && s.caller.file.Runpath != nil {
		return found{}, false
	}
	didMain := false
	for l := s.caller; l != nil; l = l.parent {
		if f, hit := s.path(s.ns.rpathOf(l), ByRpath); hit || s.fatal != "" {
			return f, hit
		}
		didMain = didMain || l == s.ns.main
	}
	if didMain || s.ns.main == nil {
		return found{}, false
	}
	return s.path(s.ns.rpathOf(s.ns.main), ByRpath)
}

func (s *search) libraryPath() (found, bool) { return s.path(s.ns.env, ByLibraryPath) }
func (s *search) runpath() (found, bool)     { return s.path(s.ns.runpathOf(s.caller), ByRunpath) }

// cache tries the one path that ld.so.cache gives, and not when the asking object's
// DF_1_NODEFLIB forbids the directory.
func (s *search) cache() (found, bool) {
	c := s.ns.l.cache(s.ns.interp.cache)
	if c == nil {
		return found{}, false
	}
	p, hwcaps, hit := c.lookup(s.name, s.ns.machine.cacheFlags, s.ns.rank, s.ns.level)
	if !hit {
		return found{}, false
	}
	if s.noDefaults() {
		for _, d := range s.ns.interp.dirs {
			if strings.HasPrefix(p, d) {
				return found{}, false
			}
		}
	}
	return s.file(p, ByCache, hwcaps)
}

func (s *search) defaults() (found, bool) {
	if s.noDefaults() {
		return found{}, false
	}
	for _, d := range s.ns.interp.dirs {
		if f, hit, stop := s.inDir(s.ns.dir(d), ByDefault); hit || stop {
			return f, hit
		}
	}
	return found{}, false
}

func (s *search) noDefaults() bool {
	return s.caller.file != nil && s.caller.file.Flags1&uint64(elf.DF_1_NODEFLIB) != 0
}

func (s *search) path(dirs []*searchDir, by FoundBy) (found, bool) {
	for _, d := range dirs {
		if f, hit, stop := s.inDir(d, by); hit || stop {
			return f, hit
		}
	}
	return found{}, false
}

// inDir tries one directory of a search path. stop ends that search path: glibc goes on
// to the next directory only when the file does not exist or may not be read, and leaves
// the whole path on any other error, such as a symlink loop, or a link to a file with a
// slash behind it: ENOTDIR (elf/dl-load.c, open_path). An element of the path that is no
// directory itself has no variants, and is passed over.
func (s *search) inDir(d *searchDir, by FoundBy) (f found, hit, stop bool) {
	if len(d.variants) == 0 && s.tried != nil {
		s.tried.add(s.ns.l, d.name, s.name)
	}
	fail := ok
	for i := range d.variants {
		v := &d.variants[i]
		if s.tried != nil {
			s.tried.add(s.ns.l, v.prefix, s.name)
		}
		at := s.ns.l.fs.leaf(v.dir, s.name)
		if fail = at.fail; fail != ok {
			continue
		}
		file, verdict := s.judge(at)
		switch verdict {
		case usable:
			return found{v.prefix + s.name, at, file, by, v.hwcaps}, true, false
		case broken:
			s.fatal = v.prefix + s.name + ": " + s.fatal
			return found{}, false, true
		case skipped:
			fail = notExist
		case unreadable:
			fail = denied
		}
	}
	return found{}, false, fail == loop || fail == notDir || fail == otherFail
}

// file tries one path.
func (s *search) file(p string, by FoundBy, hwcaps bool) (found, bool) {
	abs := s.ns.l.abs(p)
	if s.tried != nil {
		s.tried.add(s.ns.l, "", abs)
	}
	at := s.ns.l.fs.resolve(abs)
	if at.fail != ok {
		return found{}, false
	}
	file, verdict := s.judge(at)
	if verdict == broken {
		s.fatal = p + ": " + s.fatal
	}
	return found{p, at, file, by, hwcaps}, verdict == usable
}

// verdict is what the loader does with a file that is there.
type verdict int

const (
	usable     verdict = iota
	skipped            // wrong class or machine: the search goes on
	unreadable         // permission denied: the search goes on
	broken             // the loader gives up with an error; search.fatal says which
)

// judge applies glibc's open_verify to a file.
func (s *search) judge(at place) (*File, verdict) {
	c := s.ns.l.load(at)
	if errors.Is(c.err, fs.ErrPermission) {
		return nil, unreadable
	}
	h, main := &c.hdr, s.ns.main.file
	if s.fatal = noHeader(c, main.Class); s.fatal != "" {
		return nil, broken
	}
	if h.class != main.Class {
		s.foreign, s.otherClass = true, h.class
		return nil, skipped
	}
	if s.fatal = headerFault(h, main.Data); s.fatal != "" {
		return nil, broken
	}
	if h.machine != main.Machine {
		return nil, skipped
	}
	if s.fatal = s.fileFault(c); s.fatal != "" {
		return nil, broken
	}
	return c.file, usable
}

// fileFault says why a file with a good ELF header is refused, in the order of glibc's
// _dl_map_object_from_fd.
func (s *search) fileFault(c *candidate) string {
	h, fault := &c.hdr, c.faults.of(s.ns.interp)
	switch {
	case h.typ != elf.ET_DYN && h.typ != elf.ET_EXEC:
		return "only ET_DYN and ET_EXEC can be loaded"
	case fault != "":
		return fault
	case h.typ == elf.ET_EXEC:
		return "cannot dynamically load executable"
	case c.err != nil:
		return c.err.Error()
	case c.file.Flags1&uint64(elf.DF_1_PIE) != 0:
		return "cannot dynamically load position-independent executable"
	}
	return ""
}

// noHeader says why a file has no ELF header that can be looked at. A file with fewer
// bytes than a header has is too short, whatever they are.
func noHeader(c *candidate, class elf.Class) string {
	need := 64
	if class == elf.ELFCLASS32 {
		need = shortest
	}
	switch h := &c.hdr; {
	case h.size >= shortest && h.size < need && c.err != nil:
		return fmt.Sprintf("file too short (%v)", c.err)
	case !h.read:
		return loaderWords(c.err)
	}
	return ""
}

// maxGNUABI bounds EI_ABIVERSION with ELFOSABI_GNU (libc-abis: LIBC_ABI_MAX).
const maxGNUABI = 4

// headerFault is glibc's own message for an ELF header that it does not take, or "".
func headerFault(h *header, data elf.Data) string {
	switch {
	case h.data != data && data == elf.ELFDATA2MSB:
		return "ELF file data encoding not big-endian"
	case h.data != data:
		return "ELF file data encoding not little-endian"
	case h.version != byte(elf.EV_CURRENT):
		return "ELF file version ident does not match current one"
	case h.osabi != elf.ELFOSABI_NONE && h.osabi != elf.ELFOSABI_LINUX:
		return "ELF file OS ABI invalid"
	case h.abiVersion != 0 && (h.osabi != elf.ELFOSABI_LINUX || h.abiVersion >= maxGNUABI):
		return "ELF file ABI version invalid"
	case h.padding:
		return "nonzero padding in e_ident"
	case h.eversion != uint32(elf.EV_CURRENT):
		return "ELF file version does not match current one"
	}
	return ""
}

// loaderWords puts a file without a usable ELF header into the loader's words, followed
// by what the file is.
func loaderWords(err error) string {
	if errors.Is(err, errShort) {
		return fmt.Sprintf("file too short (%v)", err)
	}
	if errors.Is(err, ErrNotELF) {
		return fmt.Sprintf("invalid ELF header (%v)", err)
	}
	return err.Error()
}

// reason explains a search that found nothing usable.
func (s *search) reason() string {
	switch {
	case s.fatal != "":
		return s.fatal
	case s.foreign:
		return wrongClass + s.otherClass.String()
	}
	return ""
}

const wrongClass = "wrong ELF class: "

// refused reports whether a file was there at which the loader gave up.
func (m *Missing) refused() bool { return m.Reason != "" && !strings.HasPrefix(m.Reason, wrongClass) }

// cache opens the ld.so.cache at p, once. It is nil when there is none or a damaged one:
// glibc ignores such a file.
func (l *Loader) cache(p string) *soCache {
	if l.cfg.NoCache {
		return nil
	}
	c, seen := l.caches[p]
	if !seen {
		if b, err := l.readWhole(p, maxCache); err == nil {
			c, _ = openCache(b)
		}
		l.caches[p] = c
	}
	return c
}
