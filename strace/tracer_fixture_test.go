//go:build linux && amd64

package strace

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Shim()
	code := m.Run()
	fixtures.remove()
	os.Exit(code)
}

// fixtureSet compiles the programs in testdata/src, each once.
type fixtureSet struct {
	mu    sync.Mutex
	dir   string
	built map[string]string
}

var fixtures = fixtureSet{built: map[string]string{}}

func (f *fixtureSet) remove() {
	if f.dir != "" {
		os.RemoveAll(f.dir)
	}
}

// fixture returns the program made from testdata/src/name.c. Anybody may execute it.
func fixture(t *testing.T, name string, flags ...string) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("gcc is not installed: the programs to trace cannot be built")
	}
	f := &fixtures
	f.mu.Lock()
	defer f.mu.Unlock()
	key := name + strings.Join(flags, "")
	if exe := f.built[key]; exe != "" {
		return exe
	}
	if f.dir == "" {
		if f.dir, err = os.MkdirTemp("", "strace-fixtures-"); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(f.dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	exe := filepath.Join(f.dir, key)
	args := append([]string{"-O1", "-w", "-o", exe, filepath.Join("testdata", "src", name+".c"), "-pthread", "-lrt"}, flags...)
	if out, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	f.built[key] = exe
	return exe
}

// hang is a guard, far longer than any run takes: a trace that does not end is a bug.
const hang = 60 * time.Second

// recording is a run and its events.
type recording struct {
	*Result
	events []Event
	stdout string
}

// record runs cmd under the tracer.
func record(t *testing.T, cmd Command, opt Options) recording {
	t.Helper()
	r, err := tryRecord(t, cmd, opt)
	if err != nil {
		t.Fatalf("Trace: %v", err)
	}
	if r.Exit.TimedOut {
		t.Fatalf("the trace of %v did not end within %v", cmd.Args, hang)
	}
	return r
}

func tryRecord(t *testing.T, cmd Command, opt Options) (recording, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var r recording
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	opt.Handle = func(e *Event) { r.events = append(r.events, *e) }
	if r.Result, err = Trace(ctx, cmd, opt); err != nil {
		return r, err
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	r.stdout = string(text)
	return r, nil
}

// run is record for a fixture.
func run(t *testing.T, name string, args ...string) recording {
	t.Helper()
	exe := fixture(t, name)
	return record(t, Command{Path: exe, Args: append([]string{name}, args...)}, Options{})
}

// markers counts the failed opens of /nonexistent/marker/NAME by NAME.
func (r recording) markers() map[string]int {
	m := map[string]int{}
	for i := range r.events {
		e := &r.events[i]
		name, ok := strings.CutPrefix(e.Path, "/nonexistent/marker/")
		if ok && e.Kind == KindCall && strings.HasPrefix(e.Name, "open") && e.Failed() {
			m[name]++
		}
	}
	return m
}
