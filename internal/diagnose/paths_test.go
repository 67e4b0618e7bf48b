package diagnose

import (
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/strace"
)

// TestRuntimeHints: what the expression takes passes the hints before it.
func TestRuntimeHints(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"/usr/lib/python3.11", "/opt/python2/x", "/v/lib/site-packages/a", "/usr/lib/dist-packages", "/a.py", "/a.pyc", "/usr/share/perl5",
		"/usr/lib/x86_64-linux-gnu/perl-base/x", "/usr/share/perl/5.36", "POSIX.pm", "x.pl", "/usr/lib/ruby", "a.rb", "/var/gems/a",
		"/app/node_modules/x", "/a.js", "/a.cjs", "/a.mjs", "/usr/lib/jvm/x", "/opt/jre/x", "/a.jar", "/opt/j/lib/modules", "/A.class",
		"/usr/share/lua/5.4", "/a.lua", "/usr/share/php/x", "/a.php", "/a.phar", "/usr/lib/R/library/x", "/usr/lib/erlang/x", "/a.beam",
		"/usr/share/guile/x", "/a.go", "/a.scm", "/usr/share/tcltk/x", "/a.tcl", "/usr/share/dotnet/x", "/usr/lib/mono/x", "/a.dll",
		"/usr/lib/ghc-9/x", "/usr/lib/ocaml/x", "/a.cma", "/a.cmo", "/usr/share/julia/x", "/a.ji", "/usr/lib/sbcl/x", "/sbcl.core",
	} {
		if !runtimeFiles.MatchString(p) {
			t.Errorf("the expression does not take %s", p)
		}
		if !runtimeFile(nil, access{path: p}) {
			t.Errorf("no hint in %s", p)
		}
	}
	if runtimeFile(nil, access{path: "/srv/www/index.html"}) {
		t.Error("a page is no file of a language's runtime")
	}
}

// A directory that lists what to load is the cause where the error is about what is
// listed in it, and not a file that was asked for later in vain.
func TestListedDirectoryIsNamed(t *testing.T) {
	one := 255
	const before = "[2] openat(-100, \"/etc/php/8.2/cli/conf.d\", 0x90800, 0x0) = -ENOENT\n[2] newfstatat(-100, \"/usr/share/zoneinfo/UTC\", 0x00000000ffd60490, 0) = -ENOENT\n"
	const after = "Fatal error: Uncaught Error: Call to undefined function ctype_alpha() in Command line code:1\nStack trace:\n#0 {main}\n  thrown in Command line code on line 1\n"
	v := Diagnose(Input{Guest: guest(t, boot+before+after+wrote+ends), Status: &one, NativeExit: &strace.Exit{}, NativeOutput: []byte("1\n"),
		Native: natively(t, nativeLoaded+`10 openat(AT_FDCWD, "/etc/php/8.2/cli/conf.d", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 3
10 openat(AT_FDCWD, "/etc/php/8.2/cli/conf.d/20-ctype.ini", O_RDONLY) = 3
10 newfstatat(AT_FDCWD, "/usr/share/zoneinfo/UTC", {st_mode=S_IFREG|0644, st_size=114, ...}, 0) = 0
`+stdout+worked)})
	if c := v.Cause; c.Subject != "/etc/php/8.2/cli/conf.d" || !c.Tied || !strings.Contains(c.Summary, "the directory") {
		t.Errorf("got %s %s, tied %v: %s", c.ID, c.Subject, c.Tied, c.Summary)
	}
}

// A placeholder is no word for the user.
func TestNullInPath(t *testing.T) {
	one := 1
	v := Diagnose(Input{Guest: guest(t, boot+"[2] openat(-100, \"(null)/keys/a.bin\", 0x0, 0x0) = -ENOENT\n"+"cannot open (null)/keys/a.bin\n"+wrote+ends), Status: &one})
	if c := v.Cause; c.ID != "env.missing-variable" || strings.Contains(c.Summary, unnamed) || strings.Contains(c.Summary, "%") {
		t.Errorf("got %s: %s", c.ID, c.Summary)
	}
}
