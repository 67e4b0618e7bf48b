package diagnose

import (
	"path"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// boot is how a log begins when the guest came up.
const boot = "running local instance\nbooting /home/user/.ops/images/app ...\n[0.512345] en1: assigned 10.0.2.15\n"

// loaded is a program's start: the loader finds the C library.
const loaded = `[2] access("/etc/ld.so.preload", 0x4) = -ENOENT
[2] openat(-100, "/etc/ld.so.cache", 0x80000, 0x0) = -ENOENT
[2] openat(-100, "/lib/x86_64-linux-gnu/libc.so.6", 0x80000, 0x0) = 3
[2] read(3, 0x00000000ffe85048, 832) = 832
[2] mmap(0x0000000000000000, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0xd2fb1bc2000
[2] close(3) = 0
[2] mprotect(0x000000d2fb1bc2000, 4096, 0x1) = 0
[2] syscall_334() = -ENOSYS
`

// nativeLoaded is the same natively.
const nativeLoaded = `10 execve("./app", ["./app"], 0x7f /* 40 vars */) = 0
10 access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)
10 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
10 openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
`

const (
	wrote      = "[2] write(2, 0x00000000ffe85048, 20) = 20\n"
	ends       = "[2] exit_group( <unfinished ...>\n"
	stdout     = "10 newfstatat(1, \"\", {st_mode=S_IFREG|0644, st_size=0, ...}, AT_EMPTY_PATH) = 0\n"
	stdoutSeen = "[2] newfstatat(1, \"\", [{st_ino=0x0, st_mode=0x21ff, st_size=0}], 4096) = 0\n"
	worked     = "10 +++ exited with 0 +++\n"
)

// guest reads a log given as text.
func guest(t testing.TB, text string) *tracelog.Log {
	t.Helper()
	log, err := tracelog.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// natively reads a native run given as text.
func natively(t testing.TB, text string) []strace.Event {
	t.Helper()
	if text == "" {
		return nil
	}
	var events []strace.Event
	if err := strace.ReadLog(strings.NewReader(text), func(e *strace.Event) error { events = append(events, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return events
}

func config(t testing.TB, text string) *ops.Config {
	t.Helper()
	if text == "" {
		return nil
	}
	c, _, err := ops.ParseConfig("config.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func table(t testing.TB) *nanos.Table {
	t.Helper()
	tab, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// sameSubject compares as design says: after taking the base name of paths.
func sameSubject(a, b string) bool { return a == b || path.Base(a) == path.Base(b) }
