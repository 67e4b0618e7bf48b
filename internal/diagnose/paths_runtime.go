package diagnose

import (
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// runtimeFiles are the trees and endings of language runtimes.
var runtimeFiles = lazyregexp.New(`/python[23](\.\d+)?(/|$)|/(site|dist)-packages(/|$)|\.pyc?$|/perl5?(/|$)|/perl-base(/|$)|\.p[ml]$|` +

	`/ruby(/|$)|\.rb$|/gems/|/node_modules/|\.(c|m)?js$|/jvm/|/jre/|\.jar$|/lib/modules$|\.class$|/lua/|\.lua$|/php/|\.php$|\.phar$|` +
	`/R/library/|/erlang/|\.beam$|/guile/|\.go$|\.scm$|/tcl|\.tcl$|/dotnet/|/mono/|\.dll$|/ghc-|/ocaml/|\.cm[ao]$|/julia/|\.ji$|/sbcl/|\.core$`)

// runtimeHints: without one of them in it, or one of runtimeEndings at its end, a path
// need not be held against runtimeFiles; a trace has hundreds.
var (
	runtimeHints = []string{"python", "-packages", "perl", "ruby", "gems", "node_modules", "jvm", "jre", "lib/modules", "lua", "php",
		"/R/library/", "erlang", "guile", "tcl", "dotnet", "mono", "ghc-", "ocaml", "julia", "sbcl"}
	runtimeEndings = []string{".py", ".pyc", ".pm", ".pl", ".rb", ".js", ".cjs", ".mjs", ".jar", ".class", ".lua", ".php", ".phar",
		".beam", ".go", ".scm", ".tcl", ".dll", ".cma", ".cmo", ".ji", ".core"}
)

func runtimeFile(_ *run, a access) bool {
	return mayBeRuntime(a.path) && runtimeFiles.MatchString(a.path)
}

func mayBeRuntime(p string) bool {
	if slices.Contains(runtimeEndings, path.Ext(p)) {
		return true
	}
	for _, h := range runtimeHints {
		if strings.Contains(p, h) {
			return true
		}
	}
	return false
}

// runtimeRoot is the directory of a tree that one bundles whole.
var runtimeRoot = lazyregexp.New(`^.*?/(python[23]\.\d+|perl5|perl|ruby|node_modules|jvm/[^/]+)(/|$)`)

func runtimeTree(r *run, a access) string {
	if m := runtimeRoot.FindString(a.path); m != "" && systemPath(a.path) {
		return strings.TrimSuffix(m, "/")
	}
	return a.path
}
