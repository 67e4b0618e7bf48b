//go:build linux && amd64

package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

// newFailure sorts an error of init: what the system forbids, what the program is
// at fault for, and the rest.
func newFailure(err error) *failure {
	f := &failure{Text: err.Error()}
	var exec *fs.PathError
	switch {
	case errors.As(err, &exec) && exec.Op == "exec":
		errors.As(exec.Err, &f.Exec)
	case errors.Is(err, strace.ErrPtraceDenied):
		f.Denied, f.Tracing = true, true
	default:
		for _, e := range []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.ENOSYS, syscall.EINVAL} {
			f.Denied = f.Denied || errors.Is(err, e)
		}
	}
	return f
}

// damaged are Linux's errors for ELF files that it cannot load: relocatable objects,
// and files that end before their segments do.
var damaged = []syscall.Errno{syscall.ENOEXEC, syscall.EFAULT, syscall.EINVAL, syscall.EIO, syscall.ELIBBAD}

func (f *failure) err(program string) error {
	switch {
	case slices.Contains(damaged, f.Exec):
		return &ExecError{NotELF, program}
	case f.Tracing: // which says what would permit it
		return fmt.Errorf("%w: %s", ErrUnavailable, f.Text)
	case f.Denied:
		return fmt.Errorf("%w: %s; %s", ErrUnavailable, f.Text, advice())
	}
	return fmt.Errorf("rehearse %s: %s", program, f.Text)
}

// unavailable explains why init could not be started in its namespaces.
func unavailable(err error) error {
	return fmt.Errorf("%w: create namespaces: %w; %s", ErrUnavailable, err, advice())
}

// switches are the files by which systems restrict user namespaces, with the value
// that does so and the command that lifts it.
var switches = []struct{ file, value, cure string }{
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "this system's AppArmor restricts user namespaces; permit them with: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
	{"/proc/sys/kernel/unprivileged_userns_clone", "0", "this system forbids user namespaces to ordinary users; permit them with: sudo sysctl -w kernel.unprivileged_userns_clone=1"},
	{"/proc/sys/user/max_user_namespaces", "0", "this system permits no user namespaces; permit some with: sudo sysctl -w user.max_user_namespaces=10000"},
}

// advice says what would permit a rehearsal.
func advice() string {
	for _, s := range switches {
		b, err := os.ReadFile(s.file)
		if err == nil && strings.TrimSpace(string(b)) == s.value {
			return s.cure
		}
	}
	if inContainer() {
		return "this is a container without user namespaces; start it with: --security-opt seccomp=unconfined --cap-add SYS_ADMIN"
	}
	return "try it as root"
}

// inContainer looks for what Docker, Podman and most CI systems leave behind, and
// for a seccomp filter, which a login shell does not have.
func inContainer() bool {
	for _, f := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(f); err == nil {
			return true
		}
	}
	b, _ := os.ReadFile("/proc/self/status")
	return strings.Contains(string(b), "Seccomp:\t2")
}

// traceable reports what forbids tracing. The program that it starts does not exist.
func traceable(ctx context.Context) error {
	_, err := strace.Trace(ctx, strace.Command{Path: "/dev/null/program"}, strace.Options{Engine: strace.EnginePtrace})
	if errors.Is(err, strace.ErrPtraceDenied) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Available reports whether Run can work here, by setting up an empty root and by
// tracing, and if not, why. With ok true, a reason that is not empty says what it will
// not show. It takes some 20 ms.
func Available() (ok bool, reason string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := error(nil)
	for _, w := range ways() {
		// A plan without a program is set up and not run.
		if _, err = w.run(ctx, &Spec{View: guestfs.New(), Program: "(probe)"}, &plan{}); err == nil {
			if err := traceable(ctx); err != nil {
				return false, err.Error()
			}
			if w.rewrite {
				return true, limited()
			}
			return true, ""
		}
	}
	return false, err.Error()
}
