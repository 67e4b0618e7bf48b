package elfdeps

import (
	"bytes"
	"path"
	"strings"
)

// interpreter is one build of a dynamic loader, as far as its file tells.
type interpreter struct {
	path  string // as in PT_INTERP
	at    place  // fail is set when the file is missing
	file  *File  // nil when missing or damaged
	musl  bool
	dirs  []string // built-in directories, each with a trailing slash
	lib   string   // what $LIB expands to
	cache string   // path of ld.so.cache

	hwcaps bool // searches glibc-hwcaps subdirectories (glibc 2.33 and later)
	legacy bool // searches tls and platform subdirectories (before glibc 2.37)

	before235 bool // takes only segments that are aligned to a p_align of whole pages
}

// interpreter examines the loader at p, once. m fills in what its file does not say.
func (l *Loader) interpreter(p string, m machine) *interpreter {
	if in := l.interps[p]; in != nil {
		return in
	}
	in := &interpreter{path: p, at: l.fs.resolve(l.abs(p)), cache: "/etc/ld.so.cache", hwcaps: true}
	in.musl = strings.HasPrefix(path.Base(p), "ld-musl-")
	l.interps[p] = in
	if in.at.fail == ok {
		in.file = l.load(in.at).file
	}
	if in.musl {
		return in
	}
	if in.file != nil {
		if b, err := l.readWhole(in.at.real, maxLoader); err == nil {
			in.readStrings(b)
		}
	}
	if len(in.dirs) == 0 {
		in.dirs = l.usualDirs(m)
	}
	in.lib = libToken(in.dirs[0])
	return in
}

// readStrings takes from a loader's file what was decided when it was built. The
// strings are those of system_dirs and LD_SO_CACHE (elf/dl-load.c, dl-cache.h), and of
// the help text that says which subdirectories are searched (elf/dl-usage.c).
func (in *interpreter) readStrings(b []byte) {
	in.dirs = builtinDirs(b)
	if i := bytes.Index(b, []byte("/etc/ld.so.cache\x00")); i >= 0 {
		start := i
		for start > 0 && isPathByte(b[start-1]) {
			start--
		}
		in.cache = string(b[start : i+len("/etc/ld.so.cache")])
	}
	in.hwcaps = bytes.Contains(b, []byte("glibc-hwcaps"))
	in.before235 = bytes.Contains(b, []byte("ELF load command alignment not page-aligned"))
	in.legacy = !in.hwcaps || bytes.Contains(b, []byte("Legacy HWCAP subdirectories"))
}

// builtinDirs finds the table of built-in directories in a loader's file: NUL-separated
// absolute directories with a trailing slash, e.g.
//
//	/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0    Debian
//	/lib64/\0/usr/lib64/\0                                                    Fedora
//	/nix/store/…-glibc-2.38-44/lib/\0                                         NixOS
//
// The compiler may keep two copies; the longest run counts.
func builtinDirs(b []byte) []string {
	var best, run []string
	runEnd := -1
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("/lib"))
		if i < 0 {
			return best
		}
		start := at + i
		for start > 0 && isPathByte(b[start-1]) {
			start--
		}
		end := at + i
		for end < len(b) && isPathByte(b[end]) {
			end++
		}
		at = end
		if end >= len(b) || b[end] != 0 || b[start] != '/' || b[end-1] != '/' || end-start > maxPath {
			continue
		}
		if start != runEnd+1 {
			run = nil
		}
		run, runEnd = append(run, string(b[start:end])), end
		if len(run) > len(best) {
			best = run
		}
	}
}

func isPathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("/._-+~=@,", c) >= 0
}

// usualDirs guesses the built-in directories where the loader's file cannot be read:
// multiarch directories exist on Debian and its children only.
func (l *Loader) usualDirs(m machine) []string {
	if m.triplet != "" && l.isDir("/usr/lib/"+m.triplet) || m.triplet != "" && l.isDir("/lib/"+m.triplet) {
		return []string{"/lib/" + m.triplet + "/", "/usr/lib/" + m.triplet + "/", "/lib/", "/usr/lib/"}
	}
	if m.libDir == "lib64" && !l.isDir("/lib64") && !l.isDir("/usr/lib64") {
		return []string{"/lib/", "/usr/lib/"}
	}
	return []string{"/" + m.libDir + "/", "/usr/" + m.libDir + "/"}
}

func (l *Loader) isDir(p string) bool {
	at := l.fs.resolve(p)
	return at.fail == ok && at.node.mode.IsDir()
}

// libToken derives $LIB from the first built-in directory, which is slibdir:
// "lib/x86_64-linux-gnu" on Debian, "lib64" on Fedora, "lib" on Arch and NixOS.
func libToken(dir string) string {
	dir = strings.Trim(dir, "/")
	if i := strings.LastIndex("/"+dir, "/lib"); i >= 0 {
		return dir[i:]
	}
	return path.Base(dir)
}
