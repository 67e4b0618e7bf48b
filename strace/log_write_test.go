package strace

import (
	"bytes"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func writeLog(t *testing.T, events []Event) string {
	t.Helper()
	var b bytes.Buffer
	w := NewLogWriter(&b)
	for i := range events {
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sourceOnly are the fields that belong to one text and not to what it says.
var sourceOnly = cmpopts.IgnoreFields(Event{}, "Line", "Time")

// What strace wrote is written back as strace wrote it: byte for byte where the
// log has neither times nor halves.
func TestWriteRecorded(t *testing.T) {
	t.Parallel()
	logs, _ := filepath.Glob("testdata/logs/*.log")
	if len(logs) == 0 {
		t.Fatal("no logs")
	}
	for _, path := range logs {
		events := readPath(t, path)
		text := writeLog(t, events)
		again := readText(t, text, ReaderOptions{})
		if d := cmp.Diff(events, again, sourceOnly); d != "" {
			t.Errorf("%s changed when written and read again:\n%s", path, d)
		}
	}
}

func TestWriteLive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   Event
		want string
	}{
		{Event{TID: 7116, Name: "access", Path: "/etc/ld.so.preload", Flags: 4, Err: syscall.ENOENT},
			`7116  access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)`},
		{Event{TID: 8615, Name: "unlink", Path: "/dev/shm/prover-ring"},
			`8615  unlink("/dev/shm/prover-ring")    = 0`},
		{Event{TID: 25399, Name: "openat", Path: "/etc/ld.so.cache", Flags: 0o2000000, Ret: 3},
			`25399 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3`},
		{Event{TID: 1, Name: "stat", Path: "/bin/su", Mode: 0o104755, Size: 71912},
			`1     stat("/bin/su", {st_mode=S_IFREG|S_ISUID|0755, st_size=71912, ...}) = 0`},
		{Event{TID: 1, Name: "chdir", Path: "/a\"\\\n\x01\x7f1\xc3\xa9"},
			`1     chdir("/a\"\\\n\1\1771\303\251")  = 0`},
		{Event{TID: 1, Kind: KindExit, Ret: 3}, `1     +++ exited with 3 +++`},
		{Event{TID: 1, Kind: KindExit, Sig: syscall.SIGSEGV}, `1     +++ killed by SIGSEGV +++`},
		{Event{TID: 1, Name: "clone", Flags: 0x1200011, Ret: 2},
			`1     clone(child_stack=..., flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD) = 2`},
		{Event{TID: 1, Name: "exit_group", State: Unfinished}, `1     exit_group(...)                   = ?`},
	} {
		if got := strings.TrimSuffix(writeLog(t, []Event{c.in}), "\n"); got != c.want {
			t.Errorf("\ngot  %s\nwant %s", got, c.want)
		}
	}
}

// What is written of live events, which carry no argument text, reads back as it was.
func TestWriteRoundTrip(t *testing.T) {
	t.Parallel()
	events := []Event{
		{PID: 5, TID: 5, Name: "execve", Path: "./prog", Abs: "/srv/prog"},
		{PID: 5, TID: 5, Name: "openat", Path: "data/x", Abs: "/srv/data/x", Flags: 0o2000101, Ret: 3},
		{PID: 5, TID: 5, Name: "newfstatat", Abs: "/srv/data/x", Mode: 0o100644, Size: 12},
		{PID: 5, TID: 5, Name: "openat", Path: "sub", Abs: "/opt/dir/sub", Err: syscall.ENOTDIR, Ret: -1},
		{PID: 5, TID: 5, Name: "openat", Path: ".", Abs: "/srv", Flags: 0o200000, Ret: 4},
		{PID: 5, TID: 5, Name: "openat", Path: "<a>", Abs: "/<b>/<a>", Ret: 5},
		{PID: 5, TID: 5, Name: "openat", Path: "/lib/libx.so", Abs: "/lib/libx.so", Ret: 6},
		{PID: 5, TID: 5, Name: "mmap", Path: "/lib/libx.so", Abs: "/lib/libx.so", Flags: 5, Ret: 0x7f0000000000},
		{PID: 5, TID: 5, Name: "mmap", Path: "/never/opened.so", Abs: "/never/opened.so", Flags: 5, Ret: 0x7f0000000000},
		{PID: 5, TID: 5, Name: "renameat2", Path: "a", Abs: "/srv/a", Path2: "b", Abs2: "/srv/q/b"},
		{PID: 5, TID: 5, Name: "openat", Ret: -1, Err: syscall.EFAULT},
		{PID: 5, TID: 5, Name: "clone3", Flags: 0x3d0f00, Ret: 6},
		{Kind: KindTask, PID: 5, TID: 6, Ret: 5},
		{PID: 5, TID: 6, Name: "futex", State: Unfinished},
		{PID: 5, TID: 6, Name: "wait4", State: Answered, Err: syscall.ENOSYS, Ret: -1},
		{PID: 5, TID: 6, Name: "connect", Path: "/run/s", Abs: "/run/s", Err: syscall.ECONNREFUSED, Ret: -1},
		{PID: 5, TID: 6, Name: "ioctl", Err: 999, Ret: -1},
		{PID: 5, TID: 6, Kind: KindSignal, Sig: 34},
		{PID: 5, TID: 6, Kind: KindExit},
		{PID: 5, TID: 5, Kind: KindExit, Sig: syscall.SIGKILL},
	}
	text := writeLog(t, events)
	again := readText(t, text, ReaderOptions{Dir: "/srv"})
	if d := cmp.Diff(events, again, sourceOnly, ignoreArgs); d != "" {
		t.Errorf("%s\n%s", d, text)
	}
}
