//go:build linux && (amd64 || arm64)

package strace

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelSigaction is struct sigaction as rt_sigaction(2) takes it.
type kernelSigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const saNoCldStop = 1 // SA_NOCLDSTOP

// quietStops sets SA_NOCLDSTOP for SIGCHLD and returns what undoes it. Every stop of a
// tracee would send the Go runtime's handler a SIGCHLD that nobody wants: half of a
// stop's cost. The end of a child is still signalled.
func quietStops() (undo func()) {
	var old kernelSigaction
	if sigaction(unix.SIGCHLD, nil, &old) != 0 || old.flags&saNoCldStop != 0 {
		return func() {}
	}
	quiet := old
	quiet.flags |= saNoCldStop
	if sigaction(unix.SIGCHLD, &quiet, nil) != 0 {
		return func() {}
	}
	return func() {
		var now kernelSigaction
		// Not if somebody changed it meanwhile (os/signal).
		if sigaction(unix.SIGCHLD, nil, &now) == 0 && now == quiet {
			sigaction(unix.SIGCHLD, &old, nil)
		}
	}
}

const sigIgn = 1 // SIG_IGN

// ignoreAgain restores what the Go runtime changed in the way from nanodiag's start to
// here. It respects that SIGHUP and SIGINT are ignored, but takes SIGQUIT. Who ignores
// SIGINT is a shell's background job, and ignores both.
func ignoreAgain() {
	var old kernelSigaction
	if sigaction(unix.SIGINT, nil, &old) == 0 && old.handler == sigIgn {
		sigaction(unix.SIGQUIT, &kernelSigaction{handler: sigIgn}, nil)
	}
}

func sigaction(sig syscall.Signal, act, old *kernelSigaction) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(old.mask), 0, 0)
	return e
}
