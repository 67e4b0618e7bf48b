//go:build linux && amd64

package rehearse

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

// The files were printed by the same program in real guests of these versions.
func TestAnswersAsRealGuests(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/answers.c")
	view := withLibraries(t, program)
	view.Remove(filepath.Dir(program))
	view.Remove("/tmp") // where the fixture was built
	addHost(t, view, "/answers", program)
	for _, version := range []string{"0.1.50", "0.1.53", "HEAD"} {
		golden, err := os.ReadFile("testdata/answers-" + version + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		out, printed := run(t, Spec{View: view, Program: "/answers", Args: []string{"./answers"}, Env: []string{"PWD=/"}, Version: version})
		if out.Exit.Code != 42 {
			t.Errorf("%s: exit %+v", version, out.Exit)
		}
		if d := cmp.Diff(comparable(string(golden)), comparable(printed)); d != "" {
			t.Errorf("%s: rehearsal (+) differs from the real guest (-):\n%s", version, d)
		}
	}
}

// comparable splits the output into lines without what a rehearsal does not imitate:
// the kernel's own files are devices in the guest.
func comparable(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		switch {
		case strings.HasSuffix(line, " is device\n"), strings.HasSuffix(line, " is file\n"):
		default:
			out = append(out, line)
		}
	}
	return out
}

func TestWhatTheGuestWouldNotStart(t *testing.T) {
	needNamespaces(t)
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho no\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	program := compile(t, "testdata/hello.c")
	object := compile(t, "testdata/hello.c", "-r")
	special := withLibraries(t, program)
	if err := special.Add("/proc/self/maps", guestfs.Node{Mode: 0o444, Content: []byte("frozen")}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		view    *guestfs.Tree
		program string
		kind    ExecKind
		path    string
		exit    strace.Exit
		klibs   []string
	}{
		{"no program", guestfs.New(), "/prog", NoProgram, "/prog", strace.Exit{Code: 127}, nil},
		{"a directory", hostView(t, script), filepath.Dir(script), NoProgram, filepath.Dir(script), strace.Exit{Code: 127}, nil},
		{"no interpreter", hostView(t, program), program, NoInterpreter, "/lib64/ld-linux-x86-64.so.2", strace.Exit{Code: 127}, nil},
		{"script", hostView(t, script), script, NotELF, script, strace.Exit{Signal: syscall.SIGSEGV}, nil},
		{"object file", hostView(t, object), object, NotELF, object, strace.Exit{Signal: syscall.SIGSEGV}, nil},
		{"klib without its klib", withLibraries(t, program), program, KlibDependency, "shmem", strace.Exit{Code: 127}, []string{"shmem"}},
		{"the kernel's own file", special, program, SpecialFile, "/proc/self/maps", strace.Exit{Code: 127}, nil},
	} {
		out, printed := run(t, Spec{View: c.view, Program: c.program, Klibs: c.klibs})
		var refused *ExecError
		if !errors.As(out.ExecErr, &refused) || refused.Kind != c.kind || refused.Path != c.path {
			t.Errorf("%s: %v, want kind %d of %s", c.name, out.ExecErr, c.kind, c.path)
		}
		if printed != "" || out.Exit != c.exit {
			t.Errorf("%s: exit %+v, printed %q", c.name, out.Exit, printed)
		}
	}
}

// muslLoader is musl's dynamic loader and its C library in one.
const muslLoader = "/lib/ld-musl-x86_64.so.1"

func TestPrograms(t *testing.T) {
	needNamespaces(t)
	for _, c := range []struct {
		name string
		cc   string
		args []string
	}{
		{"dynamic", "gcc", nil},
		{"static", "gcc", []string{"-static"}},
		{"static PIE", "gcc", []string{"-static-pie"}},
		{"musl", "musl-gcc", nil},
		{"static musl", "musl-gcc", []string{"-static"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := compileWith(t, c.cc, "testdata/hello.c", c.args...)
			view := hostView(t, program)
			switch {
			case len(c.args) > 0:
			case c.cc == "musl-gcc":
				addHost(t, view, muslLoader, muslLoader)
			default:
				addLibraries(t, view, program)
			}
			var events []string
			out, printed := run(t, Spec{
				View: view, Program: program, Args: []string{"hello", "you"}, Env: []string{"GREETING=hi"}, Cwd: "/",
				Handle: func(e *strace.Event) { events = append(events, e.Name) },
			})
			if want := "hi you from /\n"; printed != want || out.Exit.Code != 3 {
				t.Errorf("printed %q, want %q; exit %+v", printed, want, out.Exit)
			}
			if len(events) == 0 {
				t.Error("no events")
			}
		})
	}
}

// Perl's POSIX module needs a shared object that no list of linked libraries names.
func TestMissingPlugin(t *testing.T) {
	needNamespaces(t)
	const perl, inc = "/usr/bin/perl", "/usr/lib/x86_64-linux-gnu/perl-base"
	if exec.Command(perl, "-MPOSIX", "-e", "1").Run() != nil {
		t.Skip("needs perl with POSIX")
	}
	if _, err := os.Stat(inc + "/auto/POSIX/POSIX.so"); err != nil {
		t.Skip("needs Debian's perl-base")
	}
	view := withLibraries(t, perl)
	addTree(t, view, inc)
	spec := Spec{View: view, Program: perl, Args: []string{"perl", "-MPOSIX", "-e", "print floor(2.5), qq(\n); exit 5"}}
	if out, printed := run(t, spec); printed != "2\n" || out.Exit.Code != 5 {
		t.Errorf("printed %q, exit %+v", printed, out.Exit)
	}
	view.Remove(inc + "/auto/POSIX/POSIX.so")
	missed := false
	spec.Handle = func(e *strace.Event) { missed = missed || e.Failed() && strings.HasSuffix(e.Path, "POSIX.so") }
	if out, printed := run(t, spec); !strings.Contains(printed, "object for module POSIX") || out.Exit.Code == 5 || !missed {
		t.Errorf("without POSIX.so: printed %q, exit %+v, look-up seen: %v", printed, out.Exit, missed)
	}
}

func TestShellCannotFork(t *testing.T) {
	needNamespaces(t)
	const shell = "/bin/dash"
	if _, err := os.Stat(shell); err != nil {
		t.Skip("needs dash")
	}
	refused := false
	out, printed := run(t, Spec{
		View: withLibraries(t, shell), Program: shell, Args: []string{"sh", "-c", "echo a; echo b | read x; echo not reached"},
		Handle: func(e *strace.Event) {
			refused = refused || e.Failed() && e.State == strace.Answered && e.Name == "clone"
		},
	})
	if printed != "a\nsh: 1: Cannot fork\n" || out.Exit.Code != 2 || !refused {
		t.Errorf("printed %q, exit %+v, clone refused: %v", printed, out.Exit, refused)
	}
}
