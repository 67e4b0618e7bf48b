//go:build linux && amd64

package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

// writeHost makes a host file that is large enough to be bound, not copied.
func writeHost(t *testing.T, content string, size int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(name, append([]byte(content), make([]byte, size-len(content))...), 0o640); err != nil {
		t.Fatal(err)
	}
	return name
}

// In the guest every file of the image can be written, renamed and removed. The
// host's files must not notice.
func TestFilesOfTheImageAreWritable(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/files.c", "-static")
	host := writeHost(t, "original", copyLimit+100)
	view := hostView(t, program)
	for _, p := range []string{"/data/a", "/data/b", "/data/c", "/data/d"} {
		addHost(t, view, p, host)
	}
	// /data/b and on are copies, because they share /data/a's inode; these are not.
	other := writeHost(t, "original", copyLimit+200)
	addHost(t, view, "/data/e", other)
	third := writeHost(t, "original", copyLimit+300)
	addHost(t, view, "/data/f", third)
	_, printed := run(t, Spec{View: view, Program: program, Args: []string{
		"files", "append", "/data/a", "head", "/data/a", "rename", "/data/e", "/data/moved", "head", "/data/moved",
		"chdir", "/data", "unlink", "f", "list", "/data", "append", "/nodir/x", "append", "/new", "head", "/new",
	}})
	want := []string{
		"append /data/a: ok", fmt.Sprintf("head /data/a: original size %d ok", copyLimit+104),
		"rename /data/e: ok", fmt.Sprintf("head /data/moved: original size %d ok", copyLimit+200),
		"chdir /data: ok", "unlink f: ok", "list /data: a b c d moved ok",
		"append /nodir/x: ENOENT", "append /new: ok", "head /new: more size 4 ok",
		"",
	}
	if d := cmp.Diff(want, strings.Split(printed, "\n")); d != "" {
		t.Error(d)
	}
	for name, size := range map[string]int64{host: copyLimit + 100, other: copyLimit + 200, third: copyLimit + 300} {
		if info, err := os.Stat(name); err != nil || info.Size() != size {
			t.Errorf("%s changed: %v, %v", name, info, err)
		}
	}
}

func TestModesOfSmallFiles(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/files.c", "-static")
	view := hostView(t, program)
	addHost(t, view, "/key", writeHost(t, "secret", 100))
	_, printed := run(t, Spec{View: view, Program: program, Args: []string{"files", "mode", "/key"}})
	if want := "mode /key: 777 uid 0 ok\n"; printed != want {
		t.Errorf("printed %q, want %q", printed, want)
	}
}

// A full image leaves what is mounted on it writable.
func TestVolumesHaveRoomOfTheirOwn(t *testing.T) {
	needNamespaces(t)
	if rewriting() {
		t.Skip("takes a file system of its own")
	}
	program := compile(t, "testdata/files.c", "-static")
	for name, host := range map[string]string{"of a directory": t.TempDir(), "empty": ""} {
		_, printed := run(t, Spec{
			View: hostView(t, program), Program: program, Free: -1, Volumes: map[string]string{"/mnt": host},
			Args: []string{"files", "append", "/mnt/new", "append", "/new"},
		})
		if want := "append /mnt/new: ok\nappend /new: ENOSPC\n"; printed != want {
			t.Errorf("%s: printed %q, want %q", name, printed, want)
		}
	}
}

func TestVolumes(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/files.c", "-static")
	volume := t.TempDir()
	if err := os.WriteFile(filepath.Join(volume, "table"), []byte("original"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, printed := run(t, Spec{
		View: hostView(t, program), Program: program, Volumes: map[string]string{"/mnt/data": volume},
		Args: []string{"files", "list", "/mnt/data", "append", "/mnt/data/table", "append", "/mnt/data/new", "head", "/mnt/data/table", "list", "/mnt/data", "list", "/mnt"},
	})
	want := "list /mnt/data: table ok\nappend /mnt/data/table: ok\nappend /mnt/data/new: ok\n" +
		"head /mnt/data/table: original size 12 ok\nlist /mnt/data: new table ok\nlist /mnt: data ok\n"
	if d := cmp.Diff(want, printed); d != "" {
		t.Error(d)
	}
	b, err := os.ReadFile(filepath.Join(volume, "table"))
	entries, _ := os.ReadDir(volume)
	if err != nil || string(b) != "original" || len(entries) != 1 {
		t.Errorf("the host's volume changed: %q, %v, %d entries", b, err, len(entries))
	}
}

func TestDiskFull(t *testing.T) {
	needNamespaces(t)
	if rewriting() {
		t.Skip("takes a file system of its own")
	}
	program := compile(t, "testdata/files.c", "-static")
	spec := Spec{View: hostView(t, program), Program: program, Args: []string{"files", "fill", "/big"}, Free: 2 << 20}
	if _, printed := run(t, spec); printed != "fill /big: ENOSPC\n" {
		t.Errorf("with 2 MB free: %q", printed)
	}
	spec.Free = 0
	if _, printed := run(t, spec); printed != "fill /big: ok\n" {
		t.Errorf("without a limit: %q", printed)
	}
}

func TestMemoryLimit(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/memory.c", "-static")
	spec := Spec{View: hostView(t, program), Program: program, Args: []string{"memory", "200"}, Memory: 128 << 20}
	if out, printed := run(t, spec); out.Exit.Signal != syscall.SIGBUS || !out.OutOfMem || printed != "" {
		t.Errorf("200 MB in 128: exit %+v, out of memory %v, printed %q", out.Exit, out.OutOfMem, printed)
	}
	spec.Memory = 512 << 20
	if out, printed := run(t, spec); out.Exit.Code != 0 || out.OutOfMem || printed != "filled 200\n" {
		t.Errorf("200 MB in 512: exit %+v, out of memory %v, printed %q", out.Exit, out.OutOfMem, printed)
	}
}

func TestEndsBySignal(t *testing.T) {
	needNamespaces(t)
	for _, c := range []struct {
		cc, how string
		want    syscall.Signal
	}{
		{"gcc", "abort", syscall.SIGABRT},
		{"gcc", "null", syscall.SIGSEGV},
		{"gcc", "stack", syscall.SIGSEGV},
		// musl's abort uses tkill, which fails in the guest, and then a privileged
		// instruction.
		{"musl-gcc", "abort", syscall.SIGSEGV},
	} {
		t.Run(c.cc+" "+c.how, func(t *testing.T) {
			program := compileWith(t, c.cc, "testdata/crash.c", "-static")
			out, _ := run(t, Spec{View: hostView(t, program), Program: program, Args: []string{"crash", c.how}})
			if out.Exit.Signal != c.want {
				t.Errorf("exit %+v, want %v", out.Exit, c.want)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hang.c", "-static")
	spec := Spec{View: hostView(t, program), Program: program, Timeout: 3 * time.Second}
	if out, _ := run(t, spec); !out.Exit.TimedOut {
		t.Errorf("exit %+v", out.Exit)
	}
}

// A caller that gives up gets its own error, and nothing stays behind.
func TestCancel(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hang.c", "-static")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = r.Read(make([]byte, 8)) // the program runs
		cancel()
	}()
	_, err = Run(ctx, Spec{View: hostView(t, program), Program: program, Stdout: w})
	w.Close()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	// The pipe ends only when the last process that holds it is gone.
	if b, err := io.ReadAll(r); err != nil || len(b) != 0 {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestEventsArriveWhileTheProgramRuns(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hang.c", "-static")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := Run(ctx, Spec{View: hostView(t, program), Program: program, Handle: func(e *strace.Event) {
		if e.Name == "pause" || e.Name == "arch_prctl" {
			cancel() // would hang without
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestUnreadableFileIsReported(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hello.c", "-static")
	view := hostView(t, program)
	if err := view.Add("/gone", guestfs.Node{Mode: 0o644, Host: "/nonexistent/gone"}); err != nil {
		t.Fatal(err)
	}
	out, _ := run(t, Spec{View: view, Program: program})
	if n := len(out.Incomplete); n == 0 || !strings.Contains(out.Incomplete[n-1], "/nonexistent/gone") {
		t.Errorf("incomplete: %q", out.Incomplete)
	}
}

func TestWhatNanosDoesNotLimit(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/limits.c", "-static")
	_, printed := run(t, Spec{View: hostView(t, program), Program: program})
	want := "huge pages: ok\n4 TB: ok\ndescriptors: ok\n"
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err == nil && l.Max < 30000 && printed != want {
		want = strings.Replace(want, "descriptors: ok", "descriptors: EMFILE", 1) // we may not raise it
	}
	if printed != want {
		t.Errorf("printed %q, want %q", printed, want)
	}
}

// A guest of 128 MB ends at some 810 idle threads.
func TestThreadsTakeMemory(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/threads.c", "-static")
	spec := Spec{View: hostView(t, program), Program: program, Args: []string{"threads", "1500"}, Memory: 128 << 20}
	if out, printed := run(t, spec); out.Exit.Signal != syscall.SIGBUS || !out.OutOfMem {
		t.Errorf("1500 threads: exit %+v, printed %q", out.Exit, printed)
	}
	spec.Args[1] = "400"
	if out, printed := run(t, spec); out.Exit.Code != 0 || printed != "made 400\n" {
		t.Errorf("400 threads: exit %+v, printed %q", out.Exit, printed)
	}
}

// What real guests printed. HEAD passes over the first buffer.
func TestVectoredPipes(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/vector.c", "-static")
	for version, want := range map[string]string{
		"0.1.53": "wrote 8 and 4 read 8 HEAD BODY\n",
		"HEAD":   "wrote 4 and 0 read 4 ---- BODY\n",
	} {
		if _, printed := run(t, Spec{View: hostView(t, program), Program: program, Version: version}); printed != want {
			t.Errorf("%s: printed %q, want %q", version, printed, want)
		}
	}
}

// Standard output looks like a terminal's device to glibc, which then writes line by
// line: what was printed before a crash is not lost, unlike in a pipe.
func TestOutputBeforeACrash(t *testing.T) {
	needNamespaces(t)
	for _, c := range []struct {
		how, version, want string
	}{
		{"null", "0.1.53", "before the crash\n"},
		{"null", "0.1.41", ""},
	} {
		program := compile(t, "testdata/crash.c", "-static")
		out, printed := run(t, Spec{View: hostView(t, program), Program: program, Args: []string{"crash", c.how}, Version: c.version})
		if printed != c.want || out.Exit.Signal != syscall.SIGSEGV {
			t.Errorf("%s: printed %q, want %q; exit %+v", c.version, printed, c.want, out.Exit)
		}
	}
}
