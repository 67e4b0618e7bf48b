//go:build linux && amd64

package strace

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTraceAnswersCalls(t *testing.T) {
	t.Parallel()
	refuse := func(*Call) (int64, bool) { return -int64(syscall.ENOSYS), true }
	tests := []struct {
		mode   string
		nrs    []int
		answer func(*Call) (int64, bool)
		want   Event // the one answered event
	}{
		{"fork", []int{unix.SYS_CLONE, unix.SYS_CLONE3, unix.SYS_FORK}, func(c *Call) (int64, bool) {
			return -int64(syscall.ENOSYS), c.Name != "clone" || c.Args[0]&unix.CLONE_THREAD == 0
		}, Event{Name: "clone", Ret: -1, Err: syscall.ENOSYS}},
		{"exec", []int{unix.SYS_EXECVE}, refuse, Event{Name: "execve", Path: "/bin/true", Ret: -1, Err: syscall.ENOSYS}},
		{"pid", []int{unix.SYS_GETPID}, func(*Call) (int64, bool) { return 4711, true }, Event{Name: "getpid", Ret: 4711}},
		{"open", []int{unix.SYS_OPENAT}, func(c *Call) (int64, bool) {
			path, err := c.ReadString(c.Args[1])
			return -int64(syscall.ENOENT), err == nil && path == "/dev/null"
		}, Event{Name: "openat", Path: "/dev/null", Ret: -1, Err: syscall.ENOENT}},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()
			exe := fixture(t, "answer")
			r := record(t, Command{Path: exe, Args: []string{"answer", tt.mode}}, Options{Answer: tt.answer, AnswerNrs: tt.nrs})
			if r.Exit.Code != 5 {
				t.Errorf("exit %+v, want code 5", r.Exit)
			}
			var got []Event
			for _, e := range r.events {
				if e.State == Answered {
					got = append(got, Event{Name: e.Name, Path: e.Path, Ret: e.Ret, Err: e.Err})
				}
			}
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("answered %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTraceSaysWhatEscapesIt(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{"seccomp": "seccomp filter", "uring": "io_uring"} {
		r := run(t, program)
		if !strings.Contains(strings.Join(r.Incomplete, "\n"), want) {
			t.Errorf("%s: incomplete %q, want one about %s", program, r.Incomplete, want)
		}
	}
	if r := run(t, "signals", "exit"); len(r.Incomplete) > 0 {
		t.Errorf("incomplete %q, want nothing", r.Incomplete)
	}
}

func TestTraceCounts(t *testing.T) {
	t.Parallel()
	r := run(t, "abi", "unknown")
	for name, want := range map[string]int{"syscall_100000": 1, "execve": 1, "read": 0} {
		if got := r.Syscalls[name]; got != want {
			t.Errorf("%s stopped %d times, want %d", name, got, want)
		}
	}
	if r.PeakRSS < 100<<10 || r.PeakRSS > 4<<20 {
		t.Errorf("peak memory of a tiny program: %d bytes; the shim's must not count", r.PeakRSS)
	}
	if r.MaxThreads != 1 {
		t.Errorf("%d threads, want 1", r.MaxThreads)
	}
	if r := run(t, "tasks", "exitgroup"); r.MaxThreads != 9 {
		t.Errorf("%d threads, want 9", r.MaxThreads)
	}
	r = run(t, "tasks", "vfork")
	if len(r.Execs) != 1 || r.Execs[0] != "/bin/true" {
		t.Errorf("executed %q, want /bin/true", r.Execs)
	}
}

// What Answer changed for the kernel, the program finds unchanged; and the paths that
// procfs shows are told as Inside says.
func TestTraceRestoresArguments(t *testing.T) {
	t.Parallel()
	for _, restore := range []bool{true, false} {
		r := record(t, Command{Path: fixture(t, "restore")}, Options{
			AnswerNrs: []int{unix.SYS_OPENAT},
			Answer: func(c *Call) (int64, bool) {
				if path, err := c.ReadString(c.Args[1]); err != nil || path[0] != '!' {
					return 0, false
				}
				var regs unix.PtraceRegs
				if err := unix.PtraceGetRegs(c.TID, &regs); err != nil {
					t.Error(err)
				}
				regs.Rsi++
				if err := unix.PtraceSetRegs(c.TID, &regs); err != nil {
					t.Error(err)
				}
				c.Restore = restore
				return 0, false
			},
		})
		want := 2
		if restore {
			want = 7
		}
		if r.Exit.Code != want {
			t.Errorf("restore %v: exit %+v, want code %d", restore, r.Exit, want)
		}
	}
}

func TestTraceShowsPathsAsTheProgramKnowsThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := record(t, Command{Path: fixture(t, "restore"), Dir: dir}, Options{
		Inside: func(path string) string { return strings.Replace(path, dir, "/guest", 1) },
	})
	for _, e := range r.events {
		if e.Path == "!/dev/null" {
			if e.Abs != "/guest/!/dev/null" {
				t.Errorf("absolute path %q", e.Abs)
			}
			return
		}
	}
	t.Error("the open was not seen")
}
