//go:build linux && amd64

package strace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the program inherits is what it would get from its parent directly, whatever
// the Go runtimes of the tracer and the shim did to themselves.
func TestTraceHandsOverState(t *testing.T) {
	t.Parallel()
	exe := fixture(t, "state")
	dir := realDir(t)
	env := []string{"A=b", "EMPTY=", "GODEBUG=inittrace=1", "ODD"}
	args := []string{"a name of its own", "", "x y"}

	native := exec.Command(exe)
	native.Args, native.Env, native.Dir = args, env, dir
	want, err := native.Output()
	if err != nil {
		t.Fatal(err)
	}
	r := record(t, Command{Path: exe, Args: args, Env: env, Dir: dir}, Options{})
	// The two write to a pipe and to a file; descriptors are compared by number.
	if diff := cmp.Diff(withoutFlags(string(want)), withoutFlags(r.stdout)); diff != "" {
		t.Errorf("state (-native +traced):\n%s", diff)
	}
}

func withoutFlags(text string) []string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "fd ") {
			lines[i], _, _ = strings.Cut(l, " flags")
		}
	}
	return lines
}

func TestTraceSaysWhyTheProgramCannotStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		cmd  Command
		op   string
		path string
		err  syscall.Errno
	}{
		{Command{Path: "/nonexistent/program"}, "exec", "/nonexistent/program", syscall.ENOENT},
		{Command{Path: text}, "exec", text, syscall.ENOEXEC},
		{Command{Path: plain}, "exec", plain, syscall.EACCES},
		{Command{Path: "/bin/true", Dir: plain + ".absent"}, "chdir", plain + ".absent", syscall.ENOENT},
	}
	for _, tt := range tests {
		_, err := tryRecord(t, tt.cmd, Options{})
		var pe *fs.PathError
		if !errors.As(err, &pe) || pe.Op != tt.op || pe.Path != tt.path || !errors.Is(err, tt.err) {
			t.Errorf("%+v: error %v, want %s %s: %v", tt.cmd, err, tt.op, tt.path, tt.err)
		}
	}
}

// The end of the context kills everything: what has left the process group, what is
// stopped, what is still being made.
func TestTraceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	exe := fixture(t, "signals")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pids := map[int]bool{}
	opt := Options{Handle: func(e *Event) {
		pids[e.PID] = true
		if e.Path == "/nonexistent/marker/tree" {
			cancel()
		}
	}}
	r, err := Trace(ctx, Command{Path: exe, Args: []string{"signals", "tree"}}, opt)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	if r.Exit.Signal != syscall.SIGKILL {
		t.Errorf("exit %+v, want SIGKILL", r.Exit)
	}
	for pid := range pids {
		// Zombies may wait for whoever inherited them.
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err == nil && !strings.HasPrefix(field(status, "State:"), "Z") {
			t.Errorf("process %d is still there:\n%s", pid, status)
		}
	}
}

func TestTraceTimesOut(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	r, err := Trace(ctx, Command{Path: fixture(t, "signals"), Args: []string{"signals", "sleep"}}, Options{})
	if errors.Is(err, context.DeadlineExceeded) && r == nil {
		t.Skip("the deadline passed before the start")
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := (Exit{Signal: syscall.SIGKILL, TimedOut: true}); r.Exit != want {
		t.Errorf("exit %+v, want %+v", r.Exit, want)
	}
}

// A handler that gives up takes neither the caller nor the program with it for ever.
func TestTraceSurvivesItsHandler(t *testing.T) {
	t.Parallel()
	_, err := Trace(context.Background(), Command{Path: fixture(t, "signals"), Args: []string{"signals", "sleep"}},
		Options{Handle: func(*Event) { runtime.Goexit() }})
	if err == nil {
		t.Error("no error")
	}
}

func TestTraceReportsLostPrivileges(t *testing.T) {
	if mayFilterWithPrivileges() {
		t.Skip("with these privileges set-user-ID programs keep theirs; run as another user")
	}
	t.Parallel()
	r := record(t, Command{Path: "/bin/su", Args: []string{"su", "--version"}}, Options{})
	if !strings.Contains(strings.Join(r.Incomplete, "\n"), "set-user-ID") {
		t.Errorf("incomplete: %q", r.Incomplete)
	}
}

// Other children of the caller are none of the tracer's business, even if they were
// started on the thread that it gets.
func TestTraceLeavesOtherChildrenAlone(t *testing.T) {
	t.Parallel()
	exe := fixture(t, "signals")
	for range 20 {
		other := exec.Command("/bin/sh", "-c", "exit 3")
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		run(t, "signals", "exit")
		var ee *exec.ExitError
		if err := other.Wait(); !errors.As(err, &ee) || ee.ExitCode() != 3 {
			t.Fatalf("child next to a trace of %s: %v, want exit status 3", exe, err)
		}
	}
}

// When the tracer is killed, the program does not live on.
func TestTracerDeathKillsProgram(t *testing.T) {
	if os.Getenv("STRACE_TEST_VICTIM") != "" {
		Trace(context.Background(), Command{
			Path: os.Getenv("STRACE_TEST_VICTIM"), Args: []string{"signals", "tree"}, Stdout: os.Stdout,
		}, Options{Handle: func(e *Event) {
			if e.Path == "/nonexistent/marker/tree" {
				os.Stdout.WriteString(strconv.Itoa(e.PID) + "\n")
			}
		}})
		return
	}
	t.Parallel()
	self := exec.Command("/proc/self/exe", "-test.run=^TestTracerDeathKillsProgram$")
	self.Env = append(os.Environ(), "STRACE_TEST_VICTIM="+fixture(t, "signals"))
	pipe, err := self.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Start(); err != nil {
		t.Fatal(err)
	}
	var line [16]byte
	if n, err := pipe.Read(line[:]); err != nil || n == 0 {
		t.Fatalf("no process id from the traced program: %v", err)
	}
	self.Process.Kill()
	// The pipe's other ends are the program's and its children's: it closes when the
	// last of them is gone.
	pipe.Read(line[:])
	self.Wait()
}
