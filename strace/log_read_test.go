package strace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func readText(t *testing.T, text string, opt ReaderOptions) []Event {
	t.Helper()
	var got []Event
	if err := ReadLogWith(strings.NewReader(text), opt, func(e *Event) error {
		got = append(got, *e)
		return nil
	}); err != nil {
		t.Fatalf("ReadLog: %v\n%s", err, text)
	}
	return got
}

func readPath(t *testing.T, path string) []Event {
	t.Helper()
	var got []Event
	if err := ReadLogFile(path, func(e *Event) error { got = append(got, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

var ignoreArgs = cmpopts.IgnoreFields(Event{}, "Args")

func TestReadLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     Event
	}{
		{"open", `7116  openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3`,
			Event{PID: 7116, TID: 7116, Name: "openat", Path: "/etc/ld.so.cache", Abs: "/etc/ld.so.cache", Flags: 0o2000000, Ret: 3}},
		{"errno", `access("/etc/ld.so.preload", R_OK)      = -1 ENOENT (No such file or directory)`,
			Event{Name: "access", Path: "/etc/ld.so.preload", Abs: "/etc/ld.so.preload", Flags: 4, Ret: -1, Err: syscall.ENOENT}},
		{"annotated", `[pid 12] 21:43:14.225604 openat(AT_FDCWD</srv/a>, "b/../c", O_RDONLY) = 3</srv/real> <0.000010>`,
			Event{PID: 12, TID: 12, Name: "openat", Path: "b/../c", Abs: "/srv/a/c", Ret: 3}},
		{"octal and hex escapes", `open("/t\303\251\t\x41\"\\\0011", O_RDWR|O_CREAT|O_TRUNC, 0644) = 4`,
			Event{Name: "open", Path: "/té\tA\"\\\x011", Abs: "/té\tA\"\\\x011", Flags: 0o1102, Ret: 4}},
		{"parenthesis and equals in a path", `openat(AT_FDCWD, "/a) = 3, (\"", O_RDONLY) = 5</a) = 3, (">`,
			Event{Name: "openat", Path: `/a) = 3, ("`, Abs: `/a) = 3, ("`, Ret: 5}},
		{"unreadable path", `openat(AT_FDCWD, 0x7ffe0000, O_RDONLY) = -1 EFAULT (Bad address)`,
			Event{Name: "openat", Ret: -1, Err: syscall.EFAULT}},
		{"abbreviated path", `openat(AT_FDCWD, "/long/path"..., O_RDONLY) = -1 ENAMETOOLONG (File name too long)`,
			Event{Name: "openat", Ret: -1, Err: syscall.ENAMETOOLONG}},
		{"stat", `newfstatat(AT_FDCWD, "/bin/su", {st_mode=S_IFREG|S_ISUID|0755, st_size=71912, ...}, 0) = 0`,
			Event{Name: "newfstatat", Path: "/bin/su", Abs: "/bin/su", Mode: 0o104755, Size: 71912}},
		{"statx", `statx(AT_FDCWD, "/etc", AT_STATX_SYNC_AS_STAT, STATX_ALL, {stx_mask=STATX_ALL, stx_mode=S_IFDIR|0755, stx_size=4096, ...}) = 0`,
			Event{Name: "statx", Path: "/etc", Abs: "/etc", Mode: 0o40755, Size: 4096}},
		{"stat of a descriptor", `newfstatat(3</etc/passwd>, "", {st_mode=S_IFREG|0644, st_size=9, ...}, AT_EMPTY_PATH) = 0`,
			Event{Name: "newfstatat", Abs: "/etc/passwd", Mode: 0o100644, Size: 9}},
		{"code", `mmap(0x7f075c39e000, 69632, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED, 3</usr/lib/libtinfo.so.6.4>, 0xf000) = 0x7f075c39e000`,
			Event{Name: "mmap", Path: "/usr/lib/libtinfo.so.6.4", Abs: "/usr/lib/libtinfo.so.6.4", Flags: 5, Ret: 0x7f075c39e000}},
		{"device", `ioctl(0</dev/null<char 1:3>>, TCGETS, 0x7fff96f92eb0) = -1 ENOTTY (Inappropriate ioctl for device)`,
			Event{Name: "ioctl", Abs: "/dev/null", Ret: -1, Err: syscall.ENOTTY}},
		{"socket", `read(5<TCP:[127.0.0.1:1->127.0.0.1:2]>, "x)"..., 4096) = 2`, Event{Name: "read", Ret: 2, Size: 2}},
		{"unix socket", `connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)`,
			Event{Name: "connect", Path: "/var/run/nscd/socket", Abs: "/var/run/nscd/socket", Ret: -1, Err: syscall.ENOENT}},
		{"deleted", `pread64(3</tmp/x>(deleted), "", 1, 0) = 0`, Event{Name: "pread64", Abs: "/tmp/x"}},
		{"shift is no annotation", `foo(1<<3, "a") = 0`, Event{Name: "foo"}},
		{"comment", `execve("/p", ["p"], 0x7ffe /* 39 vars ) = */) = 0`, Event{Name: "execve", Path: "/p", Abs: "/p"}},
		{"rename", `renameat2(AT_FDCWD, "/a", AT_FDCWD, "/b", RENAME_NOREPLACE) = 0`,
			Event{Name: "renameat2", Path: "/a", Abs: "/a", Path2: "/b", Abs2: "/b"}},
		{"symlink", `symlinkat("../x", AT_FDCWD, "/b") = 0`, Event{Name: "symlinkat", Path: "../x", Path2: "/b", Abs2: "/b"}},
		{"openat2", `openat2(AT_FDCWD, "/a", {flags=O_RDONLY|O_DIRECTORY, resolve=0}, 24) = 3`,
			Event{Name: "openat2", Path: "/a", Abs: "/a", Flags: 0o200000, Ret: 3}},
		{"never returned", `exit_group(3) = ?`, Event{Name: "exit_group", State: Unfinished}},
		{"interrupted", `nanosleep({tv_sec=1}, NULL) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)`, Event{Name: "nanosleep", State: Unknown}},
		{"injected", `clone3({flags=CLONE_VM}, 88) = -1 ENOSYS (Function not implemented) (INJECTED)`,
			Event{Name: "clone3", State: Answered, Flags: 0x100, Ret: -1, Err: syscall.ENOSYS}},
		{"unknown call", `syscall_0x1b5(0x1, 0x2) = -1 ENOSYS (Function not implemented)`, Event{Name: "syscall_437", Ret: -1, Err: syscall.ENOSYS}},
		{"signal", `7 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x8} ---`, Event{Kind: KindSignal, PID: 7, TID: 7, Sig: syscall.SIGSEGV}},
		{"exit", `7 +++ exited with 9 +++`, Event{Kind: KindExit, PID: 7, TID: 7, Ret: 9}},
		{"killed", `7 +++ killed by SIGABRT (core dumped) +++`, Event{Kind: KindExit, PID: 7, TID: 7, Sig: syscall.SIGABRT}},
		{"real-time signal", `--- SIGRT_1 {si_signo=SIGRT_1} ---`, Event{Kind: KindSignal, Sig: 33}},
		{"carriage return", "getpid() = 7\r", Event{Name: "getpid", Ret: 7}},
		{"address with a sign bit", `shmat(0, NULL, 0) = 0xffffffffff600000`, Event{Name: "shmat", Ret: -0xa00000}},
	} {
		got := readText(t, c.in+"\n", ReaderOptions{})
		c.want.Line = 1
		if d := cmp.Diff([]Event{c.want}, got, ignoreArgs); d != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, d)
		}
	}
}

// A call printed in two halves is one event, at the line of its first half, and
// in the order of its end.
func TestReadUnfinished(t *testing.T) {
	t.Parallel()
	got := readText(t, `
10 openat(AT_FDCWD, "/a",  <unfinished ...>
11 read(3, "x", 1) = 1
10 <... openat resumed>O_RDONLY) = 4
11 futex(0x1, FUTEX_WAIT, 2, NULL <unfinished ...>
10 read(4, <unfinished ...>
10 +++ exited with 1 +++
11 <... futex resumed> <unfinished ...>) = ?
11 +++ killed by SIGKILL +++
`, ReaderOptions{})
	want := []Event{
		{Line: 3, TID: 11, Name: "read", Ret: 1, Size: 1},
		{Line: 2, PID: 10, TID: 10, Name: "openat", Path: "/a", Abs: "/a", Ret: 4},
		{Line: 6, PID: 10, TID: 10, Name: "read", Abs: "/a", State: Unfinished},
		{Line: 7, PID: 10, TID: 10, Kind: KindExit, Ret: 1},
		{Line: 5, TID: 11, Name: "futex", State: Unfinished},
		{Line: 9, TID: 11, Kind: KindExit, Sig: syscall.SIGKILL},
	}
	if d := cmp.Diff(want, got, ignoreArgs); d != "" {
		t.Error(d)
	}
}

// Directories are followed through chdir, fchdir, getcwd, threads and forks.
func TestReadDirectories(t *testing.T) {
	t.Parallel()
	got := readText(t, `
1 open("rel", O_RDONLY) = -1 ENOENT (No such file or directory)
1 chdir("sub") = 0
1 openat(AT_FDCWD, "d", O_RDONLY|O_DIRECTORY) = 3
1 openat(3, "x", O_RDONLY) = -1 ENOENT (No such file or directory)
1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x1) = 2
2 chdir("/tmp") = 0
2 access("y", F_OK) = 0
1 access("y", F_OK) = 0
1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD, exit_signal=0}, 88) = 3
3 fchdir(3) = 0
1 access("z", F_OK) = 0
1 dup2(3, 9) = 9
1 close(3) = 0
1 openat(9, "w", O_RDONLY) = 3
1 getcwd("/somewhere/else", 4096) = 16
1 readlink("v", "t", 10) = 1
`, ReaderOptions{Dir: "/srv"})
	var abs []string
	for _, e := range got {
		if e.Kind == KindTask {
			abs = append(abs, fmt.Sprintf("task %d of process %d by %d", e.TID, e.PID, e.Ret))
		} else if e.Path != "" {
			abs = append(abs, e.Abs)
		}
	}
	want := []string{"/srv/rel", "/srv/sub", "/srv/sub/d", "/srv/sub/d/x", "task 2 of process 2 by 1", "/tmp", "/tmp/y", "/srv/sub/y",
		"task 3 of process 1 by 1", "/srv/sub/d/z", "/srv/sub/d/w", "/somewhere/else/v"}
	if d := cmp.Diff(want, abs); d != "" {
		t.Error(d)
	}
	if got := readText(t, "1 open(\"rel\", O_RDONLY) = 3</real/rel>\n1 read(3, \"\", 1) = 0\n", ReaderOptions{}); got[0].Abs != "/real/rel" || got[1].Abs != "/real/rel" {
		t.Errorf("annotation of the result: %+v", got)
	}
	if got := readText(t, "1 open(\"rel\", O_RDONLY) = 3\n", ReaderOptions{}); got[0].Abs != "" {
		t.Errorf("unknown directory: Abs = %q", got[0].Abs)
	}
}

func TestReadClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want time.Duration
	}{
		{"1 23:59:59.5 a() = 0\n1 00:00:00.25 b() = 0\n", 750 * time.Millisecond},
		{"1 1795383794.335352 a() = 0\n1 1795383795.335352 b() = 0\n", time.Second},
		{"     0.000000 a() = 0\n     0.000031 b() = 0\n", 31 * time.Microsecond},
		{"1 10:00:00 (+     0.000000) a() = 0\n1 10:00:02 (+     1.9) b() = 0\n", 2 * time.Second},
	} {
		got := readText(t, c.in, ReaderOptions{})
		if len(got) != 2 || got[1].Time != c.want {
			t.Errorf("%q: %+v; want %v", c.in, got, c.want)
		}
	}
}

// testdata/options holds one run recorded with many options; each says the same.
func TestReadOptions(t *testing.T) {
	t.Parallel()
	looks := func(name string) []string {
		var all []string
		if err := ReadLogFileWith(filepath.Join("testdata/options", name), ReaderOptions{Dir: "/tmp/st"}, func(e *Event) error {
			if e.Kind == KindExit {
				all = append(all, fmt.Sprint("exit ", e.Ret))
			}
			if e.Path != "" && e.Name != "mmap" {
				all = append(all, fmt.Sprintf("%s %s %s %v %o", e.Name, e.Path, e.Abs, e.Err, e.Flags))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all) // a -ff set without times has no order between tasks
		return all
	}
	want := looks("yy-tt-r-T.log")
	if len(want) < 40 {
		t.Fatalf("only %d file calls read", len(want))
	}
	for _, name := range []string{"ttt-x-y.log", "crlf.log", "k-xx.log", "n-i-comm.log", "terminal.log", "ff", "ff-tt"} {
		if d := cmp.Diff(want, looks(name)); d != "" {
			t.Errorf("%s: -yy -tt -r -T against it:\n%s", name, d)
		}
	}
}

// On a terminal the program's output, and strace's own notices, break into lines.
func TestReadTornLines(t *testing.T) {
	t.Parallel()
	got := readText(t, `write(1, "a\nb\n", 4a
b
)                    = 4
clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLDstrace: Process 25778 attached
, child_tidptr=0x7f4f68b8ca10) = 25778
[pid 25769] getpid() = 25769
[pid 25778] getppid() = 25769
`, ReaderOptions{})
	want := []Event{
		{Line: 1, Name: "write", Ret: 4, Size: 4},
		{Line: 4, Name: "clone", Flags: 0x1000011, Ret: 25778},
		{Line: 4, Kind: KindTask, TID: 25778, PID: 25778},
		{Line: 6, PID: 25769, TID: 25769, Name: "getpid", Ret: 25769},
		{Line: 7, PID: 25778, TID: 25778, Name: "getppid", Ret: 25769},
	}
	if d := cmp.Diff(want, got, ignoreArgs); d != "" {
		t.Error(d)
	}
}

// A log that was cut off in the middle of a line ends with a call that never returned.
func TestReadCutLog(t *testing.T) {
	t.Parallel()
	got := readText(t, "1 getpid() = 1\n1 openat(AT_FDCWD, \"/a\", O_RD", ReaderOptions{})
	if len(got) != 2 || got[1].Path != "/a" || got[1].State != Unfinished || got[1].Line != 2 {
		t.Errorf("%+v", got)
	}
}

func TestReadNotALog(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "\n\n", "hello\nworld\n", "\x7fELF\x02\x01\x01", "{\"a\": 1}", strings.Repeat("x\n", giveUpAfter+10)} {
		err := ReadLog(strings.NewReader(in), func(*Event) error { t.Errorf("event from %.20q", in); return nil })
		if !errors.Is(err, ErrNotALog) {
			t.Errorf("%.20q: %v", in, err)
		}
	}
	_, err := os.Stat("testdata/none")
	if err == nil || !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := ReadLogFile("testdata/none", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file, no set: %v", err)
	}
}

func TestReadErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	if err := ReadLog(strings.NewReader("1 a() = 0\n"), func(*Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of fn: %v", err)
	}
	long := "1 a() = 0\n1 b(\"" + strings.Repeat("x", maxLogLine+logBlock) + "\") = 0\n"
	err := ReadLog(strings.NewReader(long), func(*Event) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "line 2: ") {
		t.Errorf("long line: %v", err)
	}
}

// A second half without a name is nothing that strace writes.
func TestReadResumedWithoutName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "a b", "(", "<"} {
		got := readText(t, "1 getpid() = 1\n1 <... "+name+" resumed>) = 0\n", ReaderOptions{})
		if len(got) != 1 || got[0].Name != "getpid" {
			t.Errorf("%q: %+v", name, got)
		}
	}
}
