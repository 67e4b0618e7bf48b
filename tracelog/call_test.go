package tracelog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

// TestCalls holds one line of each shape of the new format.
func TestCalls(t *testing.T) {
	t.Parallel()
	long := "/" + strings.Repeat("p", 3000)
	for _, tt := range []struct {
		line string
		want strace.Event
	}{
		{`[2] openat(-100, "/data/input.bin", 0x80000, 0x0) = -ENOENT`,
			strace.Event{TID: 2, Name: "openat", Path: "/data/input.bin", Abs: "/data/input.bin", Flags: 0x80000, Args: `-100, "/data/input.bin", 0x80000, 0x0`, Err: 2}},
		{`[2] openat(-100, "data//x/../y", 0x0, 0x0) = 3`,
			strace.Event{TID: 2, Name: "openat", Path: "data//x/../y", Abs: "/data/y", Args: `-100, "data//x/../y", 0x0, 0x0`, Ret: 3}},
		{`[2] openat(9, "x", 0x0, 0x0) = -ENOENT`, // a descriptor that the trace did not show
			strace.Event{TID: 2, Name: "openat", Path: "x", Args: `9, "x", 0x0, 0x0`, Err: 2}},
		{`[2] openat(-100, 0x0000000000000001, 0x0, 0x0) = -EFAULT`,
			strace.Event{TID: 2, Name: "openat", Args: `-100, 0x0000000000000001, 0x0, 0x0`, Err: 14}},
		{`[2] openat(-100, "` + long + `", 0x0, 0x0) = -ENAMETOOLONG`,
			strace.Event{TID: 2, Name: "openat", Path: long, Abs: long, Args: `-100, "` + long + `", 0x0, 0x0`, Err: 36}},
		{`[2] openat(-100, "/a", 0x5, "b", 0x80000, 0x0) = 3`, // a path that looks like arguments
			strace.Event{TID: 2, Name: "openat", Path: `/a", 0x5, "b`, Abs: `/a", 0x5, "b`, Flags: 0x80000, Args: `-100, "/a", 0x5, "b", 0x80000, 0x0`, Ret: 3}},
		{`[2] open("/x", 0x241, 0x1b6) = 3`,
			strace.Event{TID: 2, Name: "open", Path: "/x", Abs: "/x", Flags: 0x241, Args: `"/x", 0x241, 0x1b6`, Ret: 3}},
		{`[2] access("/etc/ld.so.preload", 0x4) = -ENOENT`,
			strace.Event{TID: 2, Name: "access", Path: "/etc/ld.so.preload", Abs: "/etc/ld.so.preload", Flags: 4, Args: `"/etc/ld.so.preload", 0x4`, Err: 2}},
		{`[worker-1] newfstatat(-100, "/lib", [{st_ino=0x3, st_mode=0x41ff, st_size=120}], 0) = 0`,
			strace.Event{Thread: "worker-1", Name: "newfstatat", Path: "/lib", Abs: "/lib", Mode: 0x41ff, Size: 120, Args: `-100, "/lib", [{st_ino=0x3, st_mode=0x41ff, st_size=120}], 0`}},
		{`[2] fstat(3, [{st_ino=0x3, st_mode=0x81ff, st_size=1926232}]) = 0`,
			strace.Event{TID: 2, Name: "fstat", Mode: 0x81ff, Size: 1926232, Args: `3, [{st_ino=0x3, st_mode=0x81ff, st_size=1926232}]`}},
		{`[2] rename("/a", "b") = 0`,
			strace.Event{TID: 2, Name: "rename", Path: "/a", Abs: "/a", Path2: "b", Abs2: "/b", Args: `"/a", "b"`}},
		{`[2] renameat(-100, "a", -100, "/b") = -EXDEV`,
			strace.Event{TID: 2, Name: "renameat", Path: "a", Abs: "/a", Path2: "/b", Abs2: "/b", Args: `-100, "a", -100, "/b"`, Err: 18}},
		{`[2] symlinkat("../t", -100, "/l") = 0`,
			strace.Event{TID: 2, Name: "symlinkat", Path: "../t", Path2: "/l", Abs2: "/l", Args: `"../t", -100, "/l"`}},
		{`[2] mmap(0x0000042402e6f000, 1400832, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 155648) = 0x42402e6f000`,
			strace.Event{TID: 2, Name: "mmap", Flags: 5, Args: `0x0000042402e6f000, 1400832, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 155648`, Ret: 0x42402e6f000}},
		{`[2] mprotect(0x00000000005d2000, 4096, 0x1) = 0`,
			strace.Event{TID: 2, Name: "mprotect", Flags: 1, Args: `0x00000000005d2000, 4096, 0x1`}},
		{`[2] clone(0x1200011, 0x0000000000000000, 0x0000000000000000, 0x000014cb4f067a10, 0x0) = -ENOSYS`,
			strace.Event{TID: 2, Name: "clone", Flags: 0x1200011, Args: `0x1200011, 0x0000000000000000, 0x0000000000000000, 0x000014cb4f067a10, 0x0`, Err: 38}},
		{`[2] write(1, 0x000000000076a2a0, 15) = 15`,
			strace.Event{TID: 2, Name: "write", Size: 15, Args: `1, 0x000000000076a2a0, 15`, Ret: 15}},
		{`[2] syscall_334() = -ENOSYS`, strace.Event{TID: 2, Name: "syscall_334", Err: 38}},
		{`[2] socket() = 3`, strace.Event{TID: 2, Name: "socket", Ret: 3}},
		{`[2] keyctl() = -126`, strace.Event{TID: 2, Name: "keyctl", Err: 126}},
		{`[2] exit_group( <unfinished ...>`, strace.Event{TID: 2, Name: "exit_group", State: strace.Unfinished}},
		{`[3] exit(0) = ?`, strace.Event{TID: 3, Name: "exit", Args: "0", State: strace.Unfinished}},
		{`[2] <... read resumed>) = 832`, strace.Event{TID: 2, Name: "read", Ret: 832, Size: 832}},
		{`[2] openat(-100, "/li`, // the log ends here
			strace.Event{TID: 2, Name: "openat", Args: `-100, "/li`, State: strace.Unfinished}},
	} {
		log := read(t, tt.line)
		tt.want.Line = 1
		if diff := cmp.Diff([]strace.Event{tt.want}, log.Events); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.line, diff)
		}
		if len(log.Console) > 0 {
			t.Errorf("%s: console %+v", tt.line, log.Console)
		}
	}
}

// TestNotCalls are lines of programs that come close to a trace line.
func TestNotCalls(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"[prover] compute_root(5) = 7",
		"[2] started (ok) = 5",
		"[2] 17 of 20",
		"[] read(3) = 1",
		"[a thread name too long for comm] read(3) = 1",
		"[2] read(3) = yes",
		"[2]read(3) = 1",
		"    3 apples",
		"    2 lines of text that are no detail",
		"     2 openat", // five spaces: no thread has that indent
		"Fri 4    5 read",
		"[main] open(\"x\"",
	} {
		log := read(t, line+"\n")
		want := []Line{{1, line}}
		if diff := cmp.Diff(want, log.Console); diff != "" || len(log.Events) > 0 {
			t.Errorf("%q: console (-want +got):\n%s\nevents %v", line, diff, log.Events)
		}
	}
}

// TestPairs is about calls that block: one event, in the place where the call began.
func TestPairs(t *testing.T) {
	t.Parallel()
	log := read(t, `[2] read(3, 0x0000000000001000, 832 <unfinished ...>
[w] clock_nanosleep(0, 0x0, {tv_sec=0, tv_nsec=1000}, <unfinished ...>
    2 thread_wakeup: 2->2 blocked_on uninterruptible, RIP=0x2426a729ab74
[w] openat(-100, "/a", 0x0, 0x0 <unfinished ...>
[2] <... read resumed>) = 832
[w] <... openat resumed>) = -ENOENT
[w] <... clock_nanosleep resumed> NULL) = 0
[w] futex(0x0000000000001000, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>
`)
	want := []strace.Event{
		{Line: 1, TID: 2, Name: "read", Args: "3, 0x0000000000001000, 832", Ret: 832, Size: 832},
		{Line: 2, Thread: "w", Name: "clock_nanosleep", Args: "0, 0x0, {tv_sec=0, tv_nsec=1000}, NULL"},
		{Line: 4, Thread: "w", Name: "openat", Path: "/a", Abs: "/a", Args: `-100, "/a", 0x0, 0x0`, Err: 2},
		{Line: 8, Thread: "w", Name: "futex", Args: "0x0000000000001000, FUTEX_WAIT_PRIVATE, 2, NULL", State: strace.Unfinished},
	}
	if diff := cmp.Diff(want, log.Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPlaces is about what makes a relative path absolute.
func TestPlaces(t *testing.T) {
	t.Parallel()
	log := read(t, `[2] openat(-100, "/etc", 0x10000, 0x0) = 5
[2] openat(5, "hosts", 0x0, 0x0) = -ENOENT
[2] dup(5) = 6
[2] close(5) = 0
[2] openat(6, "passwd", 0x0, 0x0) = -ENOENT
[2] openat(5, "gone", 0x0, 0x0) = -EBADF
[2] chdir("/srv") = 0
[2] access("a", 0x4) = -ENOENT
[2] chdir("sub") = -ENOENT
[2] access("b", 0x4) = -ENOENT
[2] fchdir() = 0
[2] access("c", 0x4) = -ENOENT
`)
	var got []string
	for _, e := range log.Events {
		if e.Err != 0 {
			got = append(got, e.Path+" "+e.Abs)
		}
	}
	want := []string{"hosts /etc/hosts", "passwd /etc/passwd", "gone ", "a /srv/a", "sub /srv/sub", "b /srv/b", "c "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestThreadIDs: detail lines name both id and name of a thread, call lines only the name.
func TestThreadIDs(t *testing.T) {
	t.Parallel()
	log := read(t, `            4 [worker] sleep uninterruptible
[worker] getpid() = 2
                5 [worker] sleep uninterruptible
[worker] getpid() = 2
`)
	if log.Events[0].TID != 4 || log.Events[1].TID != 0 {
		t.Errorf("thread ids %d, %d; want 4, and 0 once two threads share the name", log.Events[0].TID, log.Events[1].TID)
	}
}

func read(t *testing.T, text string) *Log {
	t.Helper()
	log, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}
