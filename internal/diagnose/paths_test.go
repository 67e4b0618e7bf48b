package diagnose

import "testing"

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
