//go:build linux && amd64

package rehearse

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

// Where nothing can run, the loader's part is foreseen, in the loader's own words.
func TestStatic(t *testing.T) {
	program := compile(t, "testdata/hello.c")
	const libc = "/lib/x86_64-linux-gnu/libc.so.6"
	whole := withLibraries(t, program)
	if _, ok := whole.Lookup(libc); !ok {
		t.Skip("needs Debian's layout of libraries")
	}
	without := whole.Clone()
	without.Remove(libc)
	for _, c := range []struct {
		name  string
		view  *guestfs.Tree
		found bool
		code  int
		words string
	}{
		{"nothing wrong", whole, false, 0, ""},
		{"a library is missing", without, true, 127, "hello: error while loading shared libraries: libc.so.6: cannot open shared object file: No such file or directory\n"},
		{"no program", guestfs.New(), true, 127, ""},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		vain := 0
		out, found, err := Static(Spec{View: c.view, Program: program, Args: []string{"hello"}, Stderr: w, Handle: func(e *strace.Event) {
			if e.Failed() && strings.HasSuffix(e.Path, "/libc.so.6") {
				vain++
			}
		}})
		w.Close()
		words, _ := io.ReadAll(r)
		r.Close()
		if err != nil || found != c.found || out.Exit.Code != c.code || string(words) != c.words {
			t.Errorf("%s: %+v, found %v, said %q, %v", c.name, out, found, words, err)
		}
		if (vain > 0) != (c.words != "") {
			t.Errorf("%s: %d vain look-ups", c.name, vain)
		}
	}
}
