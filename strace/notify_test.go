//go:build linux && amd64

package strace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// notified runs a fixture under the notify engine.
func notified(t *testing.T, name string, args ...string) recording {
	t.Helper()
	return record(t, Command{Path: fixture(t, name), Args: append([]string{name}, args...)}, Options{Engine: EngineNotify})
}

// Each run ends as it does without a supervisor, and none of its opens is lost or
// doubled.
func TestNotifyPreservesBehaviour(t *testing.T) {
	t.Parallel()
	for _, tt := range behaviours() {
		t.Run(tt.program+" "+tt.mode, func(t *testing.T) {
			t.Parallel()
			tt.check(t)
			r := notified(t, tt.program, tt.mode)
			if r.Exit != tt.exit {
				t.Errorf("exit %+v, want %+v", r.Exit, tt.exit)
			}
			want := tt.markers
			if want == nil {
				want = map[string]int{}
			}
			if diff := cmp.Diff(want, r.markers()); diff != "" {
				t.Errorf("opens (-want +got):\n%s", diff)
			}
			if r.Forks != tt.forks {
				t.Errorf("%d processes made, want %d", r.Forks, tt.forks)
			}
			if e := r.events[0]; e.Name != "execve" || e.State != Predicted {
				t.Errorf("the first event is %+v, want the program's execve", e)
			}
			if len(r.Incomplete) == 0 {
				t.Error("nothing says that outcomes are predicted")
			}
		})
	}
}

// What the engines say of the same run is the same, apart from how sure they are.
func TestNotifyAgreesWithPtrace(t *testing.T) {
	t.Parallel()
	exe, dir := askFixture(t)
	looks := func(e Engine) (out []string) {
		r := record(t, Command{Path: exe, Args: []string{"asks", dir}}, Options{Engine: e})
		for _, e := range r.events {
			if e.Abs == "" || e.Kind != KindCall {
				continue
			}
			abs := e.Abs
			if e.Name == "mmap" { // ptrace knows the name too where the loader asked by a link
				abs = path.Base(realPath(abs))
			}
			out = append(out, e.Name+" "+abs+" "+strconv.FormatBool(e.OK()))
		}
		return out
	}
	if d := cmp.Diff(looks(EnginePtrace), looks(EngineNotify)); d != "" {
		t.Errorf("(-ptrace +notify):\n%s", d)
	}
}

// A program that traces itself cannot under ptrace, and does so here.
func TestNotifyLeavesPtraceToTheProgram(t *testing.T) {
	t.Parallel()
	exe := fixture(t, "traceme")
	for engine, want := range map[Engine]int{EnginePtrace: 1, EngineNotify: 0} {
		r := record(t, Command{Path: exe}, Options{Engine: engine})
		if r.Exit.Code != want {
			t.Errorf("%s: exit %+v, want %d", engine, r.Exit, want)
		}
	}
}

func TestNotifyReportsWhatCannotRun(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		cmd  Command
		op   string
		want error
	}{
		{Command{Path: plain + ".absent"}, "exec", syscall.ENOENT},
		{Command{Path: plain}, "exec", syscall.EACCES},
		{Command{Path: "/bin/true", Dir: plain + ".absent"}, "chdir", syscall.ENOENT},
	}
	for _, tt := range tests {
		_, err := tryRecord(t, tt.cmd, Options{Engine: EngineNotify})
		var pe *fs.PathError
		if !errors.As(err, &pe) || pe.Op != tt.op || !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %s: %v", tt.cmd, err, tt.op, tt.want)
		}
	}
	if _, err := Trace(context.Background(), Command{Path: "/bin/true"}, Options{Engine: EngineNotify, Answer: func(*Call) (int64, bool) { return 0, false }}); err == nil {
		t.Error("the notify engine took calls to answer")
	}
}

// What the program's end shows is seen under notify too: its peak memory, processes
// and threads that were made, the ends of children.
// What a handler can do to a call under this engine alone is told.
func TestNotifyTellsOfHandlers(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]bool{"storm": true, "exit": false} {
		r := notified(t, "signals", mode)
		if got := strings.Contains(strings.Join(r.Incomplete, "; "), "EINTR"); got != want {
			t.Errorf("%s: told %v, want %v: %q", mode, got, want, r.Incomplete)
		}
	}
}

func TestNotifyCountsTasks(t *testing.T) {
	t.Parallel()
	c := NewCollector()
	r := record(t, Command{Path: "/bin/sh", Args: []string{"sh", "-c", "x=$(echo a); (exit 5); true & wait; exit 0"}}, Options{Engine: EngineNotify})
	ends := map[int64]int{}
	for i := range r.events {
		c.Add(&r.events[i])
		if e := &r.events[i]; e.Kind == KindExit {
			ends[e.Ret]++
		}
	}
	if f := c.Facts(); f.Forks != 3 || r.Forks != 3 {
		t.Errorf("%d and %d forks, want 3", f.Forks, r.Forks)
	}
	if ends[5] != 1 || ends[0] != 3 {
		t.Errorf("ends by status: %v, want one of 5 and three of 0", ends)
	}
	if r.PeakRSS < 256<<10 || r.PeakRSS > 64<<20 {
		t.Errorf("peak memory %d", r.PeakRSS)
	}
}

// The end of the context ends the whole tree, daemons too.
func TestNotifyEndsTheTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pids := filepath.Join(dir, "pids")
	script := "(setsid sh -c 'echo $$ >>" + pids + "; sleep 1000' &) ; echo $$ >>" + pids + "; touch " + dir + "/ready; sleep 1000"
	_, err := Trace(ctx, Command{Path: "/bin/sh", Args: []string{"sh", "-c", script}}, Options{Engine: EngineNotify, Handle: func(e *Event) {
		if text, _ := os.ReadFile(pids); e.Name != "execve" || strings.Count(string(text), "\n") < 2 {
			return
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Trace: %v", err)
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		if unix.Kill(pid, 0) == nil {
			t.Errorf("process %d lives on", pid)
		}
	}
}

// Nobody survives a supervisor that is killed, for every call would fail.
func TestNotifyTreeDiesWithSupervisor(t *testing.T) {
	if spec := os.Getenv("STRACE_TEST_SUPERVISOR"); spec != "" {
		_, err := Trace(context.Background(), Command{Path: "/bin/sh", Args: []string{"sh", "-c", spec}}, Options{Engine: EngineNotify})
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	t.Parallel()
	pids := filepath.Join(t.TempDir(), "pids")
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestNotifyTreeDiesWithSupervisor$")
	cmd.Env = append(os.Environ(), "STRACE_TEST_SUPERVISOR=sh -c 'echo $$ >>"+pids+"; sleep 1000' & echo $$ >>"+pids+"; sleep 1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	deadline := time.Now().Add(hang)
	var text []byte
	for strings.Count(string(text), "\n") < 2 {
		if time.Now().After(deadline) {
			t.Fatal("the program did not start")
		}
		time.Sleep(5 * time.Millisecond)
		text, _ = os.ReadFile(pids)
	}
	cmd.Process.Kill()
	for _, f := range strings.Fields(string(text)) {
		pid, _ := strconv.Atoi(f)
		for alive(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d lives on", pid)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// alive reports whether a process is there and no zombie: nobody may reap it here.
func alive(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}
