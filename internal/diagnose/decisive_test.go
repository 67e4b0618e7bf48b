package diagnose

import (
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/tracelog"
)

// Of what a runtime prints last, the line that states the error is quoted, and not the
// frames behind it.
func TestDecisive(t *testing.T) {
	for _, c := range []struct{ name, said, want string }{
		{"php", "Fatal error: Uncaught Error: Call to undefined function f() in Command line code:1\nStack trace:\n#0 {main}\n  thrown in Command line code on line 1\n",
			"Fatal error: Uncaught Error: Call to undefined function f() in Command line code:1"},
		{"python", "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding\nPython runtime state: core initialized\nModuleNotFoundError: No module named 'encodings'\n\nCurrent thread 0x0000000102 (most recent call first):\n  <no Python frame>\n",
			"ModuleNotFoundError: No module named 'encodings'"},
		{"python traceback", "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nKeyError: 'K'\n", "KeyError: 'K'"},
		{"ruby", "-e:1:in `fetch': key not found: \"K\" (KeyError)\n\tfrom -e:1:in `<main>'\n", "-e:1:in `fetch': key not found: \"K\" (KeyError)"},
		{"node", "[eval]:1\nprocess.env.K.length\n            ^\n\nTypeError: Cannot read properties of undefined (reading 'length')\n    at [eval]:1:13\n    at node:internal/main/eval_string:30:3\n\nNode.js v18.20.4\n",
			"TypeError: Cannot read properties of undefined (reading 'length')"},
		{"rust", "thread 'main' panicked at src/main.rs:2:5:\nno key\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n", "no key"},
		{"go", "panic: no key\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/x.go:3 +0x1d\nexit status 2\n", "panic: no key"},
		{"perl", "no key at -e line 1.\n", "no key at -e line 1."},
		{"an earlier error that it got over", "ConfigError: none\nusing 3 workers\ncannot write the result\n", "cannot write the result"},
		{"nothing but frames", "#0 {main}\n", "#0 {main}"},
		{"nothing", "\n", ""},
	} {
		var lines []tracelog.Line
		for i, l := range strings.Split(c.said, "\n") {
			lines = append(lines, tracelog.Line{N: i + 1, Text: l})
		}
		if got, _ := Decisive(lines); got.Text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got.Text, c.want)
		}
	}
}
