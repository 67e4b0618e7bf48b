package diagnose

import (
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

func versionMissing(_ *run, m []string, _ int) (id, subject string) {
	if m[2] == "GLIBC_PRIVATE" {
		return "bad-lib.wrong-libc", m[1]
	}
	return "bad-lib.symbol-version", path.Base(m[1]) + " " + m[2]
}

// libraryMissing tells the kinds of a library that was not found apart by the words:
// two libraries in one message are a plugin and its need; a slash is a path; the
// loader's message at the program's start is about a library that Ops had found.
func libraryMissing(r *run, m []string, i int) (id, subject string) {
	lib, line := m[1], r.words[i].Text
	before, _, _ := strings.Cut(line, lib+": cannot open")
	switch {
	case strings.HasPrefix(path.Base(lib), "libnss_"):
		return "missing-lib.nss", lib
	case strings.Contains(line, "error while loading shared libraries") || strings.Contains(line, "needed by"):
		return "missing-lib.search-path", lib
	case anotherLibrary(before, lib):
		return "missing-lib.dlopen-dependency", lib
	case strings.Contains(lib, "/") && r.foundAndRefused(lib):
		return "bad-lib.wrong-arch", lib
	case strings.Contains(lib, "/"):
		return "missing-lib.dlopen-path", lib
	case len(r.elsewhere(search{name: lib, tried: []string{lib}})) > 0:
		return "missing-lib.search-path", lib
	}
	return "missing-lib.dlopen-soname", lib
}

// foundAndRefused: the loader says "No such file or directory" of a library for another
// machine too. The trace then has no look-up of that path that failed.
func (r *run) foundAndRefused(lib string) bool {
	if !r.traced() || r.log.Dropped > 0 {
		return false
	}
	opens := false
	for i := range r.log.Events {
		e := &r.log.Events[i]
		if wants(e) != wantsNothing && pathKey(e.Path) == pathKey(lib) {
			if missing(e) {
				return false
			}
		}
		opens = opens || e.Name == "openat" || e.Name == "open"
	}
	return opens
}

// anotherLibrary reports whether a text ends with the name of a library other than lib.
func anotherLibrary(text, lib string) bool {
	m := otherLibrary.FindStringSubmatch(text)
	return m != nil && path.Base(m[1]) != path.Base(lib)
}

var otherLibrary = lazyregexp.New(soFile + `\W*$`)

func gconvSubject(r *run, _ []string, i int) string {
	if r.native != nil { // the module that it loaded
		for i := range r.native.events {
			if e := &r.native.events[i]; e.OK() && strings.Contains(e.Path, "/gconv/") && isLibrary(e.Path) {
				return e.Path
			}
		}
	}
	if m := lazyregexp.New(`\b((?:ISO|UTF|UCS|EUC|KOI|CP|SJIS|GB|BIG|WINDOWS|SHIFT)[\w-]*)`).FindString(r.words[i].Text); m != "" {
		return m
	}
	return "gconv"
}

// pythonModule is the module; the standard library as a whole when Python does not
// get as far as its own encodings.
func pythonModule(r *run, m []string, _ int) string {
	if m[1] != "encodings" {
		return strings.ReplaceAll(m[1], ".", "/")
	}
	for _, l := range r.words {
		if f := stdlibDir.FindStringSubmatch(l.Text); f != nil {
			return f[1]
		}
	}
	return "encodings"
}

// stdlib dir = '/usr/lib/python3.11'
var stdlibDir = lazyregexp.New(`stdlib dir = '([^']+)'`)

// nodeModule: the program's own script is an argument, everything else is a module.
func nodeModule(r *run, m []string, i int) (id, subject string) {
	if arg, ok := r.setup.argument(m[1]); ok {
		return "missing-data.argument-file", arg
	}
	for k, l := range r.words[i:] {
		// Who asked follows the message at once, except for the program's own script.
		first := k == 1 && strings.HasPrefix(l.Text, "at ") && path.IsAbs(m[1])
		if first || strings.Contains(l.Text, "requireStack: []") {
			return "missing-data.argument-file", strings.TrimPrefix(m[1], "/")
		}
	}
	return "missing-data.runtime-files", m[1]
}

func (r *run) zoneSubject(m []string, _ int) string {
	if z := firstGroup(m); z != "" {
		return "/usr/share/zoneinfo/" + strings.Trim(z, `"'`)
	}
	return "/usr/share/zoneinfo"
}

func localeSubject(r *run, _ []string, i int) string {
	if m := lazyregexp.New(`\b[a-z]{2}_[A-Z]{2}(?:\.[\w-]+)?`).FindString(r.words[i].Text); m != "" {
		return m
	}
	for k := range r.events() {
		if e := &r.events()[k]; missing(e) {
			if rest, ok := below(pathKey(e.Path), "/usr/lib/locale"); ok && strings.Contains(rest, "/") && !strings.HasPrefix(rest, "C.") && !strings.HasPrefix(rest, "C/") {
				return rest[:strings.IndexByte(rest, '/')]
			}
		}
	}
	if v := firstOf(r.setup.cfg.Env["LC_ALL"], r.setup.cfg.Env["LANG"]); v != "" {
		return v
	}
	return "locale"
}

// caSubject is the certificate file that the guest asked for in vain.
func (r *run) caSubject(_ []string, _ int) string {
	var best string
	events := r.events()
	for i := range events {
		e := &events[i]
		if missing(e) && certificateFile.MatchString(e.Path) {
			if best == "" || r.native.of(e.Path, r.setup).ok {
				best = e.Path
			}
		}
	}
	return firstOf(best, r.setup.cfg.Env["SSL_CERT_FILE"], "the CA certificates")
}

// registrySubject is the registry that the guest asked for in vain.
func (r *run) registrySubject(_ []string, _ int) string {
	events := r.events()
	for i := range events {
		if e := &events[i]; missing(e) && registryPaths.MatchString(e.Path) {
			return e.Path
		}
	}
	for name, v := range r.setup.cfg.Env {
		if strings.Contains(name, "ICD") {
			return v
		}
	}
	return "the registry of drivers"
}
