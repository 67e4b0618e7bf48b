//go:build linux && amd64

package rehearse

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A descriptor that nanodiag's caller left open would lead to the host's files.
func TestNoDescriptorIsInherited(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/escape.c", "-static", "-pthread")
	fd, err := unix.Open("/etc", unix.O_RDONLY|unix.O_DIRECTORY, 0) // without O_CLOEXEC
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	_, printed := run(t, Spec{View: hostView(t, program), Program: program, Args: []string{"escape", "descriptor", strconv.Itoa(fd)}})
	if want := "descriptor: EBADF\n"; printed != want {
		t.Errorf("printed %q, want %q", printed, want)
	}
}

func TestCallsThatWouldGetRoundTheAnswers(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/escape.c", "-static", "-pthread")
	for _, w := range []way{{user: true, pids: true}, rewritten} {
		for _, test := range []struct{ what, arg, want string }{
			{"int80", "", "int80: ENOSYS\n"},
			{"tgkill", "1", "tgkill: ESRCH\n"},
		} {
			if test.what == "int80" && dies(program, test.what) {
				t.Log("this kernel has no int $0x80 (IA32 emulation)")
				continue
			}
			_, printed := runIn(t, w, Spec{View: hostView(t, program), Program: program, Args: []string{"escape", test.what, test.arg}})
			if printed != test.want {
				t.Errorf("%+v: %s printed %q, want %q", w, test.what, printed, test.want)
			}
		}
	}
}

// dies reports whether a program ends by a signal on this host.
func dies(program string, args ...string) bool {
	var ended *exec.ExitError
	err := exec.Command(program, args...).Run()
	return errors.As(err, &ended) && !ended.Exited()
}

// However the memory is taken, the guest has no more of it.
func TestMemoryCannotBeTakenOtherwise(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/escape.c", "-static", "-pthread")
	for what, want := range map[string]syscall.Signal{"ignore": syscall.SIGKILL, "thread": syscall.SIGBUS, "shared": syscall.SIGBUS} {
		t.Run(what, func(t *testing.T) {
			out, printed := run(t, Spec{View: hostView(t, program), Program: program, Memory: 128 << 20, Args: []string{"escape", what, "900"}})
			if out.Exit.Signal != want || !out.OutOfMem || printed != "" {
				t.Errorf("exit %+v, out of memory %v, printed %q; want signal %d", out.Exit, out.OutOfMem, printed, want)
			}
		})
	}
}

func TestCopyKeepsHoles(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	f, err := os.Create(filepath.Join(from, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 64 << 20
	for _, at := range []int64{1 << 20, 40 << 20} {
		if _, err := f.WriteAt([]byte("data"), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(to, from, 1<<20, nil); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(to, "sparse")
	info, err := os.Stat(copied)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != size || stored(info) > 1<<20 {
		t.Errorf("the copy has %d bytes and takes %d", info.Size(), stored(info))
	}
	want, _ := os.ReadFile(f.Name())
	got, _ := os.ReadFile(copied)
	if !bytes.Equal(got, want) {
		t.Error("the copy differs")
	}
}
