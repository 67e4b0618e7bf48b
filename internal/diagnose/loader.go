package diagnose

import (
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// search is one look-up of a library by the loader: the directories it tried, as one
// unit. glibc tries each directory with its hwcaps subdirectories, and remembers
// directories that do not exist, so a second search may be much shorter.
type search struct {
	name     string // base name asked for
	tid      int
	from, to int      // first and last attempt
	end      int      // last event of the search: glibc then looks whether the directory exists
	tried    []string // paths opened, in order
	line     int      // log line of the first attempt
	found    bool     // an attempt succeeded
	refused  bool     // found, read and closed without being mapped: the loader did not like it
	readSize int64    // bytes of the header that could be read, when refused; -1 unknown
	asker    string   // library that was being loaded when this one was asked for; "" for a dlopen
}

// dirs counts the directories tried, hwcaps variants not counted.
func (s search) dirs() int {
	n := 0
	for _, p := range s.tried {
		if !hwcaps(path.Dir(p)) {
			n++
		}
	}
	return max(n, 1)
}

// hwcapDirs are subdirectories that glibc tries for variants of a library; tls,
// x86_64, haswell and avx512_1 are those of glibc before 2.37.
var hwcapDirs = []string{"glibc-hwcaps", "tls", "haswell", "avx512_1", "x86_64", "xeon_phi"}

// hwcaps reports whether a directory is such a variant.
func hwcaps(dir string) bool {
	for _, d := range strings.Split(dir, "/") {
		for _, h := range hwcapDirs {
			if d == h {
				return true
			}
		}
	}
	return false
}

// pending is what a thread is loading while findSearches goes through the events.
type pending struct {
	at      int    // index into the searches; -1 when none is open
	unnamed int    // old trace: 1 = a file was opened whose path is not told, 2 = an ELF header was read of it
	loading string // library opened and not yet relocated: the loader is working on its needs
	header  int    // search whose file was just opened and not yet mapped; -1 when none
}

// loaderCalls are what the loader does between opening a library and looking for the
// libraries that it needs.
var loaderCalls = map[string]bool{"read": true, "pread64": true, "fstat": true, "newfstatat": true, "statx": true, "mmap": true, "close": true, "getcwd": true, "brk": true, "getrandom": true, "lseek": true}

// findSearches groups the loader's attempts. A library's relocation ends with an
// mprotect of its RELRO segment, after all that it needs was found: a search between
// the mapping of A and that mprotect is for a DT_NEEDED of A.
func findSearches(events []strace.Event) []search {
	var out []search
	threads := map[int]*pending{}
	for i := range events {
		e := &events[i]
		if e.Kind != strace.KindCall {
			continue
		}
		t := threads[e.TID]
		if t == nil {
			t = &pending{at: -1, header: -1}
			threads[e.TID] = t
		}
		w := wants(e)
		switch {
		case (w == wantsOpen) && isLibrary(e.Path):
			base := path.Base(e.Path)
			if t.at < 0 || out[t.at].name != base || out[t.at].found {
				out = append(out, search{name: base, tid: e.TID, from: i, line: e.Line, asker: t.loading, readSize: -1})
				t.at = len(out) - 1
			}
			s := &out[t.at]
			s.to, s.end = i, i
			s.tried = append(s.tried, e.Path)
			t.header = -1
			if e.OK() {
				s.found = true
				t.header = t.at
			}
		case t.at >= 0 && !out[t.at].found && e.OK() && e.Path == "" && (e.Name == "openat" || e.Name == "open"):
			out[t.at].found = true // Nanos up to 0.1.50 prints the path of a failed open only
			t.at, t.unnamed = -1, 1
		case e.OK() && e.Path == "" && (e.Name == "openat" || e.Name == "open"):
			t.unnamed = 1
		case t.unnamed > 0 && t.header < 0 && t.readUnnamed(e):
		case t.header >= 0:
			t.readHeader(out, e)
		case w == wantsLook && t.at >= 0 && !out[t.at].found:
			s := &out[t.at]
			if pathKey(e.Path) == path.Dir(pathKey(s.tried[len(s.tried)-1])) {
				s.end = i
			} else {
				t.at, t.loading = -1, ""
			}
		case e.Name == "mprotect" || e.Name == "munmap":
			t.loading = ""
		case w != wantsNothing:
			t.at = -1
			t.loading = ""
		case !loaderCalls[e.Name]:
			t.loading = "" // the program runs again
		}
	}
	return out
}

// readUnnamed follows what happens to a file whose path the old trace does not tell: the
// loader reads as much as it does of every library, then maps it.
func (t *pending) readUnnamed(e *strace.Event) bool {
	switch {
	case e.Name == "read" && t.unnamed == 1 && e.Ret == headerRead:
		t.unnamed = 2
	case e.Name == "mmap" && t.unnamed == 2:
		t.loading, t.unnamed = unnamedLibrary, 0
	case loaderCalls[e.Name] && e.Name != "close" && e.Name != "read":
	default:
		t.unnamed = 0
		return false
	}
	return true
}

// unnamedLibrary stands for a library whose name the log does not tell.
const unnamedLibrary = "a library opened at run time"

// readHeader follows what happens to a library that was just opened: the loader reads
// its header, then maps it, or closes it again when it does not fit.
func (t *pending) readHeader(out []search, e *strace.Event) {
	s := &out[t.header]
	switch e.Name {
	case "read":
		if e.OK() {
			s.readSize = e.Ret
		}
	case "mmap":
		t.loading = s.name
		t.header = -1
	case "close":
		s.refused = true
		s.found = false
		t.header = -1
	}
}

// lib says how a library that was not loaded is to be called a cause.
func (r *run) lib(s search) (id string) {
	asked := s.asked()
	switch family := libFamily(s); {
	case s.refused && s.readSize >= 0 && s.readSize < headerRead:
		return "bad-lib.corrupt"
	case s.refused:
		return "bad-lib.wrong-arch"
	case family != "":
		return family
	case !path.IsAbs(asked) && r.byPath(s, asked) && s.asker == "" && !r.atStart(s):
		return "missing-lib.dlopen-path" // "./plug.so" is never searched
	case len(r.elsewhere(s)) > 0:
		return "missing-lib.search-path"
	case r.atStart(s):
		return "missing-lib.search-path" // Ops puts in all that the program is linked against
	case s.asker != "":
		return "missing-lib.dlopen-dependency"
	case r.byPath(s, asked):
		return "missing-lib.dlopen-path"
	}
	return "missing-lib.dlopen-soname"
}

// atStart reports whether the loader stopped the program for want of this library
// before the program began.
func (r *run) atStart(s search) bool {
	return strings.Contains(r.said, "error while loading shared libraries: "+s.name+":")
}

// headerRead is how much of a library glibc reads at first. The smallest library that
// a linker makes is larger, so a shorter file is cut off or something else: a
// git-lfs pointer has 130 bytes.
const headerRead = 832

// asked is the name or path that was asked for, as far as one search tells.
func (s search) asked() string {
	if len(s.tried) == 1 {
		return s.tried[0]
	}
	return s.name
}

// byProgram: none of the directories tried is one that the loader has built in, and that
// it would have come to at last: the program went through them itself.
func (s search) byProgram() bool {
	for _, p := range s.tried {
		if dir := path.Dir(pathKey(p)); hwcaps(dir) || slices.Contains(loaderDirs, dir) {
			return false
		}
	}
	return true
}

// loaderDirs are the directories that glibc's loader has built in, by distribution.
var loaderDirs = []string{
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib", // Debian
	"/lib64", "/usr/lib64", // Fedora, SUSE, Arch
	"/usr/local/lib", // musl
}

// byPath reports whether the library was asked for with a slash. One attempt outside
// the loader's own directories is a path; inside them the native run decides: by
// a bare name it was found through ld.so.cache.
func (r *run) byPath(s search, asked string) bool {
	if len(s.tried) > 1 && s.byProgram() {
		i, ok := r.native.library(s.name)
		return ok && !r.native.byCache(i)
	}
	if len(s.tried) > 1 || !strings.Contains(asked, "/") {
		return false
	}
	if i, ok := r.native.library(s.name); ok && r.native.byCache(i) {
		return false
	}
	for _, d := range loaderDirs {
		if path.Dir(asked) == d {
			i, ok := r.native.library(s.name)
			return ok && pathKey(r.native.events[i].Path) == pathKey(asked)
		}
	}
	return true
}

// libFamilies are libraries that a subsystem loads, and whose remedy is the
// subsystem's: the name or directory decides.
var libFamilies = []struct {
	name, dir string // what the base name begins with, what the path contains
	id        string
}{
	{name: "libnss_", id: "missing-lib.nss"}, // glibc's NSS: libnss_dns.so.2
	{dir: "/gconv/", id: "missing-lib.gconv"},
	{dir: "/perl", id: "missing-data.runtime-files"},   // auto/POSIX/POSIX.so
	{dir: "/python", id: "missing-data.runtime-files"}, // lib-dynload/_ctypes.cpython-311….so
	{dir: "/ruby/", id: "missing-data.runtime-files"},  // enc/encdb.so
	{dir: "/node_modules/", id: "missing-data.runtime-files"},
	{dir: "/jvm/", id: "missing-data.runtime-files"},
	{dir: "/gstreamer-", id: "missing-lib.plugin-directory"},
	{dir: "/qt5/plugins/", id: "missing-lib.plugin-directory"},
	{dir: "/qt6/plugins/", id: "missing-lib.plugin-directory"},
	{dir: "/ImageMagick-", id: "missing-lib.plugin-directory"},
	{dir: "/ossl-modules/", id: "missing-lib.dlopen-path"},
}

func libFamily(s search) string {
	for _, f := range libFamilies {
		if f.name != "" && strings.HasPrefix(s.name, f.name) {
			return f.id
		}
		if f.dir != "" && len(s.tried) > 0 && strings.Contains(s.tried[0], f.dir) {
			return f.id
		}
	}
	return ""
}

// elsewhere lists places of the image that hold the library although no search tried
// them: by the configuration, and in the directories where people put libraries.
func (r *run) elsewhere(s search) []string {
	tried := map[string]bool{}
	for _, p := range s.tried {
		tried[r.setup.guestPath(p)] = true
	}
	var out []string
	add := func(p string) {
		if !tried[p] {
			out = append(out, p)
		}
	}
	if i, ok := r.native.library(s.name); ok {
		e := &r.native.events[i]
		for _, p := range r.setup.inImage(e.Path) {
			add(p)
		}
		if r.native.cwd != "" {
			if rel, ok := below(pathKey(e.Path), r.native.cwd); ok {
				for _, p := range r.setup.inImage(rel) {
					add(p)
				}
			}
		}
	}
	for _, f := range r.setup.cfg.Files {
		if path.Base(f) == s.name {
			add(path.Join("/", f))
		}
	}
	if has := r.in.GuestHas; has != nil && len(out) == 0 {
		for _, d := range append([]string{"/lib64", "/usr/lib64", "/usr/local/lib", "/"}, r.setup.imageDirs()...) {
			if p := path.Join(d, s.name); !tried[p] && has(p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// imageDirs lists the directories that the configuration fills.
func (s setup) imageDirs() []string {
	var out []string
	for _, d := range s.cfg.Dirs {
		out = append(out, path.Join("/", d))
	}
	for _, to := range s.cfg.MapDirs {
		out = append(out, path.Join("/", to))
	}
	slices.Sort(out)
	return out
}
