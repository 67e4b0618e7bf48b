//go:build linux && amd64

package rehearse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

var rewritten = way{rewrite: true}

// runIn is run for one way.
func runIn(t testing.TB, w way, spec Spec) (*Outcome, string) {
	t.Helper()
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	spec.Stdout, spec.Stderr = pipe, pipe
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	p, err := newPlan(&spec)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	copied := make(chan struct{})
	go func() {
		_, _ = io.Copy(&printed, r)
		close(copied)
	}()
	out, err := w.run(ctx, &spec, p)
	pipe.Close()
	<-copied
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out, printed.String()
}

// pathsView has files that are copied and files that are not, and links of each kind.
func pathsView(t *testing.T, program string) *guestfs.Tree {
	t.Helper()
	dir := t.TempDir()
	large := bytes.Repeat([]byte("large\n"), copyLimit)
	for _, name := range []string{"large", "second", "third", "fourth"} {
		if err := os.WriteFile(filepath.Join(dir, name), large, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	v := withLibraries(t, program)
	v.Remove("/tmp")
	addHost(t, v, "/prog", program)
	for _, name := range []string{"large", "second", "third", "fourth"} {
		addHost(t, v, "/data/"+name, filepath.Join(dir, name))
	}
	for p, n := range map[string]guestfs.Node{
		"/data/small":     {Mode: 0o644, Content: []byte("small\n")},
		"/made":           {Mode: fs.ModeDir | 0o755},
		"/links/absolute": {Mode: fs.ModeSymlink, Target: "/data/small"},
		"/links/relative": {Mode: fs.ModeSymlink, Target: "../data/large"},
		"/links/out":      {Mode: fs.ModeSymlink, Target: "../../../../../../etc/passwd"},
		"/links/loop":     {Mode: fs.ModeSymlink, Target: "/links/loop"},
		"/links/dir":      {Mode: fs.ModeSymlink, Target: "/data"},
		"/links/dangling": {Mode: fs.ModeSymlink, Target: "/made/new"},
	} {
		if err := v.Add(p, n); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// A program sees by rewritten paths what it sees in a root of its own.
func TestRewritingShowsWhatARootShows(t *testing.T) {
	program := compile(t, "testdata/paths.c", "-pthread")
	view := pathsView(t, program)
	spec := Spec{View: view, Program: "/prog", Args: []string{"./paths"}, Env: []string{"ONLY=1"}, Cwd: "/"}
	out, got := runIn(t, rewritten, spec)
	if out.Exit.Code != 21 || !strings.Contains(got, "1 variables\n") || !strings.Contains(got, "link /proc/self/exe: /prog\n") {
		t.Errorf("exit %+v, printed %s", out.Exit, got)
	}
	_, want := runIn(t, way{user: true, pids: true}, spec)
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("rewritten (+) differs from a root of its own (-):\n%s", d)
	}
}

// The kernel takes the interpreter from the host, so an image with another loader
// takes a detour that the program does not see.
func TestRewritingWithAnotherLoader(t *testing.T) {
	program := compile(t, "testdata/paths.c", "-pthread")
	view := pathsView(t, program)
	const loader = "/lib64/ld-linux-x86-64.so.2"
	b, err := os.ReadFile(loader)
	if err != nil {
		t.Skip(err)
	}
	other := filepath.Join(t.TempDir(), "ld.so")
	if err := os.WriteFile(other, b, 0o755); err != nil {
		t.Fatal(err)
	}
	spec := Spec{View: view, Program: "/prog", Args: []string{"./paths"}, Env: []string{"ONLY=1"}}
	_, want := runIn(t, rewritten, spec)
	addHost(t, view, loader, other)
	mapped := ""
	spec.Handle = func(e *strace.Event) {
		if strings.Contains(e.Abs, "rehearsal") || strings.Contains(e.Abs, filepath.Dir(other)) {
			mapped = e.Abs
		}
	}
	out, got := runIn(t, rewritten, spec)
	if d := cmp.Diff(want, got); d != "" || out.Exit.Code != 21 {
		t.Errorf("exit %+v; with its own loader (+):\n%s", out.Exit, d)
	}
	if mapped != "" {
		t.Errorf("an event shows the host's path %s", mapped)
	}
}

func TestRewritingResolves(t *testing.T) {
	base := t.TempDir()
	for _, d := range []string{"a/b", "c"} {
		if err := os.MkdirAll(filepath.Join(base, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"abs": "/a/b", "a/up": "../c", "out": "../../../..", "loop": "loop", "c/dang": "/nope/x"} {
		if err := os.Symlink(target, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	w := &rewriter{base: base}
	for _, c := range []struct {
		in     string
		follow bool
		want   string
	}{
		{"/", true, "/"},
		{"//a/./b", true, "/a/b"},
		{"/abs", true, "/a/b"},
		{"/abs", false, "/abs"},
		{"/abs/", false, "/a/b/"},
		{"/abs/.", false, "/a/b"},
		{"/abs/..", false, "/a"},
		{"/a/up/x", true, "/c/x"},
		{"/out/etc/passwd", true, "/etc/passwd"},
		{"/out", true, "/"},
		{"/../..", true, "/"},
		{"/none/../a", true, "/none/../a"},
		{"/c/dang", true, "/nope/x"},
	} {
		got, err := w.resolve(c.in, c.follow)
		if err != nil || got != c.want {
			t.Errorf("resolve(%q, %v) = %q, %v; want %q", c.in, c.follow, got, err, c.want)
		}
	}
	if got, err := w.resolve("/loop/x", false); err == nil {
		t.Errorf("a loop led to %q", got)
	}
}

func TestScratchKeepsThreadsApart(t *testing.T) {
	s := scratch{addr: 1 << 20, used: map[int]span{}}
	m := anyMemory{}
	half := make([]byte, scratchSize/2)
	a, ok1 := s.put(m, 1, half)
	b, ok2 := s.put(m, 2, half)
	if !ok1 || !ok2 || a == b {
		t.Fatalf("%#x %v, %#x %v", a, ok1, b, ok2)
	}
	if at, ok := s.put(m, 3, half); ok {
		t.Errorf("thread 3 got %#x, which another one uses", at)
	}
	if at, ok := s.put(m, 1, half); !ok || at != a {
		t.Errorf("thread 1 again: %#x, %v; want %#x", at, ok, a)
	}
	s.ended(2)
	if at, ok := s.put(m, 3, half); !ok || at != b {
		t.Errorf("thread 3 after thread 2 ended: %#x, %v; want %#x", at, ok, b)
	}
}

type anyMemory struct{}

func (anyMemory) read(int, uint64, []byte) error  { return nil }
func (anyMemory) write(int, uint64, []byte) error { return nil }

// What a rehearsal that was killed left behind, the next one removes.
func TestStaleDirectoriesGo(t *testing.T) {
	parent := t.TempDir()
	dead, lock, err := privateDir([]string{filepath.Join(parent, "missing"), parent})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dead, privateRoot, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	live, liveLock, err := privateDir([]string{parent})
	if err != nil {
		t.Fatal(err)
	}
	defer liveLock.Close()
	if _, err := os.Stat(dead); err != nil {
		t.Errorf("one in use was removed: %v", err)
	}
	lock.Close()
	removeStale(parent)
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the stale directory is still there: %v", err)
	}
	if info, err := os.Stat(live); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the one in use: %v, %v", info, err)
	}
}

func TestNothingStaysOfRewriting(t *testing.T) {
	program := compile(t, "testdata/hello.c", "-static")
	spec := Spec{View: hostView(t, program), Program: program}
	p, err := newPlan(&spec)
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", parent)
	if _, err := rewritten.run(context.Background(), &spec, p); err != nil {
		t.Skip(err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestKeep(t *testing.T) {
	program := compile(t, "testdata/paths.c", "-pthread")
	view := pathsView(t, program)
	for _, w := range []way{{user: true, pids: true}, rewritten} {
		keep := t.TempDir()
		runIn(t, w, Spec{View: view, Program: "/prog", Keep: keep, Volumes: map[string]string{"/volume": t.TempDir()}})
		for name, want := range map[string]string{"data/small": "small\n", "data/large": "WRITTEN\n", "data/fourth": "large\n", "made/new": ""} {
			b, err := os.ReadFile(filepath.Join(keep, name))
			if err != nil || !strings.HasPrefix(string(b), want) {
				t.Errorf("%+v: %s holds %.20q, %v; want %q", w, name, b, err, want)
			}
		}
		if target, err := os.Readlink(filepath.Join(keep, "links/absolute")); err != nil || target != "/data/small" {
			t.Errorf("%+v: link to %q, %v", w, target, err)
		}
		if _, err := os.Stat(filepath.Join(keep, "volume")); err == nil {
			t.Errorf("%+v: the volume was copied", w)
		}
	}
}
