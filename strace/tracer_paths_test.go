//go:build linux && amd64

package strace

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTraceResolvesPaths(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	r := record(t, Command{Path: fixture(t, "paths"), Args: []string{"paths", "relative", dir}}, Options{})
	if r.Exit.Code != 25 {
		t.Fatalf("exit %+v", r.Exit)
	}
	var got [][2]string
	for _, e := range r.events {
		if e.Path != "" && !strings.HasPrefix(e.Path, "/") {
			got = append(got, [2]string{e.Path, strings.TrimPrefix(e.Abs, dir)})
		}
		if e.Path2 != "" {
			got = append(got, [2]string{e.Path2, strings.TrimPrefix(e.Abs2, dir)})
		}
	}
	want := [][2]string{
		{"sub", "/sub"}, {"other", "/other"}, {"sub", "/sub"},
		{"a", "/a"}, {"b", "/sub/b"},
		{"sub", "/sub"}, {"c", "/sub/c"},
		{"../other/./d", "/other/d"},
		{"../other", "/other"}, {"e", "/other/e"},
		{"f", "/sub/f"},
		{"g", "/sub/g"}, {"../other/h", "/other/h"},
		{"target", ""}, {"link", "/sub/link"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("relative paths and what they denote (-want +got):\n%s", diff)
	}
}

func TestTraceReadsStringsAtTheEdge(t *testing.T) {
	t.Parallel()
	r := run(t, "paths", "memory")
	var got []Event
	for _, e := range r.events {
		if e.Name == "openat" && e.Failed() && (e.Path == "" || strings.HasPrefix(e.Path, "/nonexistent") || len(e.Path) > 1000) {
			got = append(got, Event{Path: e.Path, Err: e.Err})
		}
	}
	want := []Event{
		{Path: "/nonexistent/edge", Err: syscall.ENOENT},
		{Path: "/nonexistent/crossing", Err: syscall.ENOENT},
		{Err: syscall.EFAULT},
		{Err: syscall.ENAMETOOLONG},
		{Path: "/" + strings.Repeat("x", 2999), Err: syscall.ENAMETOOLONG},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("opens (-want +got):\n%s", diff)
	}
	if len(r.Incomplete) > 0 {
		t.Errorf("incomplete: %q, but the kernel could not read them either", r.Incomplete)
	}
}

func TestTraceDecodesCalls(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	r := record(t, Command{Path: fixture(t, "paths"), Args: []string{"paths", "calls", dir}}, Options{})
	type call struct {
		Name, Path, Path2 string
		Flags             uint64
		Size              int64
		Mode              uint32
	}
	var got []call
	for _, e := range r.events {
		if e.Kind == KindCall && e.State == Done && e.Path != "" && strings.HasPrefix(e.Abs+e.Abs2, dir+"/") {
			if !e.OK() {
				t.Errorf("%s failed: %v", e.Name, e.Err)
			}
			got = append(got, call{e.Name, e.Path, e.Path2, e.Flags, e.Size, e.Mode})
		}
	}
	want := []call{
		{Name: "openat", Path: "file", Flags: syscall.O_CREAT | syscall.O_WRONLY},
		{Name: "truncate", Path: "file"},
		{Name: "newfstatat", Path: "file", Size: 1234, Mode: syscall.S_IFREG | 0o640},
		{Name: "statx", Path: "file", Size: 1234, Mode: syscall.S_IFREG | 0o640},
		{Name: "access", Path: "file", Flags: 4},
		{Name: "openat2", Path: "file", Flags: syscall.O_CLOEXEC},
		{Name: "symlink", Path: "file", Path2: "link"},
		{Name: "readlink", Path: "link"},
		{Name: "link", Path: "file", Path2: "hard"},
		{Name: "unlink", Path: "hard"},
		{Name: "mkdir", Path: "dir"},
		{Name: "rmdir", Path: "dir"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// An unprivileged tracer may not read the memory of a process that is not dumpable:
// the call is reported without its path, and the result says so.
func TestTraceReportsWhatItCannotRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads all memory; run as another user")
	}
	t.Parallel()
	r := run(t, "paths", "hidden")
	last := slices.IndexFunc(r.events, func(e Event) bool { return e.Name == "openat" && e.Path == "" && e.Failed() })
	if last < 0 || len(r.Incomplete) == 0 {
		t.Errorf("open without path at %d, incomplete %q; want both", last, r.Incomplete)
	}
}

func TestTraceReportsMappedCode(t *testing.T) {
	t.Parallel()
	r := run(t, "signals", "exit")
	var libc Event
	for _, e := range r.events {
		if e.Name == "mmap" && strings.HasPrefix(filepath.Base(e.Path), "libc.so") {
			libc = e
		}
	}
	if libc.Abs == "" || libc.Flags&syscall.PROT_EXEC == 0 || libc.Ret < 4096 {
		t.Errorf("mmap of libc: %+v", libc)
	}
}

func TestIsClean(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"/", "/a", "/a/b.c", "/a/..b", "/.a", "/...", "//", "/a/", "/a//b", "/.", "/a/.", "/..", "/a/..", "/a/./b", "/../a"} {
		if got, want := isClean(p), filepath.Clean(p) == p; got != want {
			t.Errorf("isClean(%q) = %v", p, got)
		}
	}
}

// realDir is a temporary directory by the name that /proc gives it.
func realDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
