package diagnose

import (
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// exit is how the program ended, as far as it is known: by the caller, by the dump of
// a fatal signal, by QEMU's status under debug_exit (7 bits of the guest's), or by the
// loader's last words, after which it ends the program with 127 (glibc's and musl's).
// A log without these does not tell the status.
func (r *run) exit() *strace.Exit {
	switch c := r.log.Crash; {
	case c != nil && !c.Kernel && c.Signal > 0:
		return &strace.Exit{Signal: syscall.Signal(c.Signal)}
	case r.in.Status != nil:
		return &strace.Exit{Code: *r.in.Status}
	case c != nil:
		return nil // the kernel's own end
	}
	if sig, text := r.signalEnd(); sig != 0 && text != "" {
		return &strace.Exit{Signal: sig}
	}
	if status, ok := r.statusByQEMU(); ok {
		return &strace.Exit{Code: status}
	}
	if r.log.Booted && r.gaveUp() {
		return &strace.Exit{Code: loaderStatus}
	}
	return nil
}

// loaderStatus is the status with which a loader ends a program that it cannot start.
const loaderStatus = 127
