package guestfs

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func sample(t *testing.T) *Tree {
	t.Helper()
	tr := New()
	for _, e := range []struct {
		path string
		node Node
	}{
		{"/lib/a.so.1.2", Node{Mode: 0o644, Content: []byte("elf")}},
		{"/lib/a.so.1", Node{Mode: fs.ModeSymlink | 0o777, Target: "a.so.1.2"}},
		{"/usr/lib", Node{Mode: fs.ModeSymlink | 0o777, Target: "../lib"}},
		{"/abs", Node{Mode: fs.ModeSymlink | 0o777, Target: "/usr/lib/a.so.1"}},
		{"/loop", Node{Mode: fs.ModeSymlink | 0o777, Target: "loop"}},
		{"/empty", Node{Mode: fs.ModeDir | 0o755}},
	} {
		if err := tr.Add(e.path, e.node); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

func TestResolve(t *testing.T) {
	tr := sample(t)
	for _, c := range []struct{ in, want string }{
		{"/lib/a.so.1", "/lib/a.so.1.2"},
		{"/abs", "/lib/a.so.1.2"},
		{"/usr/lib/../lib/a.so.1", "/lib/a.so.1.2"},
		{"/", "/"},
		{"/nope", ""},
		{"/loop", ""},
		{"/lib/a.so.1.2/x", ""},
	} {
		got, _, err := tr.Resolve(c.in)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("Resolve(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestFS(t *testing.T) {
	tr := sample(t)
	tr.Remove("/loop")
	tr.Remove("/abs")
	tr.Remove("/usr")
	if err := fstest.TestFS(tr, "lib/a.so.1.2", "empty"); err != nil {
		t.Fatal(err)
	}
}

func TestAddConflicts(t *testing.T) {
	tr := sample(t)
	if err := tr.Add("/lib/a.so.1.2/below", Node{}); err == nil {
		t.Error("a file took a child")
	}
	if err := tr.Add("/lib", Node{Mode: 0o644}); err == nil {
		t.Error("a directory with entries became a file")
	}
	c := tr.Clone()
	c.Remove("/lib")
	if _, err := tr.Stat("lib/a.so.1"); err != nil {
		t.Errorf("removing from a clone changed the original: %v", err)
	}
	if _, err := c.Stat("lib/a.so.1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat after Remove: %v", err)
	}
	var got []string
	_ = c.Walk(func(p string, _ Node) error { got = append(got, p); return nil })
	want := []string{"/abs", "/empty", "/loop", "/usr", "/usr/lib"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
