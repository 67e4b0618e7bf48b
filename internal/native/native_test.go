package native

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/strace"
)

func TestMain(m *testing.M) {
	strace.Shim()
	os.Exit(m.Run())
}

func record(t *testing.T, spec Spec) *Run {
	t.Helper()
	spec.Env, spec.Dir = os.Environ(), t.TempDir()
	spec.Log = filepath.Join(t.TempDir(), "run.strace")
	run, err := Record(context.Background(), spec)
	if errors.Is(err, strace.ErrPtraceDenied) || errors.Is(err, strace.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	// Evidence cites lines: each event's line in the log must be that event.
	b, err := os.ReadFile(spec.Log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	for _, e := range run.Events {
		if e.Kind == strace.KindCall && !strings.Contains(lines[e.Line-1], e.Name+"(") {
			t.Fatalf("event %s cites line %d: %s", e.Name, e.Line, lines[e.Line-1])
		}
	}
	return run
}

func shell(t *testing.T) string {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell on PATH")
	}
	return sh
}

// What a child's program loads is not the program's need: the guest has no second
// process.
func TestChildrenAreNotTheProgram(t *testing.T) {
	sh := shell(t)
	run := record(t, Spec{Program: sh, Args: []string{sh, "-c", "cat /etc/hostname >/dev/null; exit 7"}})
	if run.Result.Exit.Code != 7 {
		t.Errorf("exit %+v, want 7", run.Result.Exit)
	}
	if run.Result.Forks != 1 {
		t.Errorf("%d forks, want 1", run.Result.Forks)
	}
	own := func(f *strace.Facts) bool {
		return slices.ContainsFunc(f.Files, func(u strace.FileUse) bool { return u.Path == "/etc/hostname" && u.Mode&strace.ModeRead != 0 })
	}
	if own(run.Facts) {
		t.Error("a file that only the child read counts as the program's")
	}
}

// The log of a run says the same as the run itself.
func TestFromLog(t *testing.T) {
	sh := shell(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "run.strace")
	live, err := Record(context.Background(), Spec{Program: sh, Args: []string{sh, "-c", ":"}, Env: os.Environ(), Dir: dir, Log: log})
	if errors.Is(err, strace.ErrPtraceDenied) || errors.Is(err, strace.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	read, err := FromLog(log, sh, dir, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	paths := func(r *Run) (out []string) {
		for _, f := range r.Facts.Files {
			out = append(out, f.Path)
		}
		for _, l := range r.Libs {
			out = append(out, l.Path)
		}
		return out
	}
	if d := cmp.Diff(paths(live), paths(read)); d != "" {
		t.Error(d)
	}
	if read.Result.Exit != live.Result.Exit {
		t.Errorf("exit %+v, want %+v", read.Result.Exit, live.Result.Exit)
	}
}

// A log may begin with a wrapper; what that did does not count.
func TestFromLogSkipsWrapper(t *testing.T) {
	log := filepath.Join(t.TempDir(), "w.strace")
	text := `10 execve("/usr/bin/env", ["env", "/srv/prog"], 0x1 /* 9 vars */) = 0
10 openat(AT_FDCWD, "/etc/wrapper.conf", O_RDONLY) = 3
10 execve("/srv/prog", ["/srv/prog"], 0x1 /* 9 vars */) = 0
10 openat(AT_FDCWD, "/etc/prog.conf", O_RDONLY) = 3
10 +++ exited with 0 +++
`
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := FromLog(log, "/srv/prog", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range run.Events {
		if e.Path == "/etc/wrapper.conf" {
			t.Error("the wrapper's file is among the program's events")
		}
	}
	if len(run.Events) == 0 {
		t.Error("no event of the program was kept")
	}
}

func TestTimeout(t *testing.T) {
	sh := shell(t)
	run := record(t, Spec{Program: sh, Args: []string{sh, "-c", "while :; do :; done"}, Timeout: 2 * time.Second})
	if !run.Result.Exit.TimedOut {
		t.Errorf("exit %+v, want TimedOut", run.Result.Exit)
	}
}
