//go:build linux && (amd64 || arm64)

package strace

import (
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
	if sigaction(nil, &old) != 0 || old.flags&saNoCldStop != 0 {
		return func() {}
	}
	quiet := old
	quiet.flags |= saNoCldStop
	if sigaction(&quiet, nil) != 0 {
		return func() {}
	}
	return func() {
		var now kernelSigaction
		// Not if somebody changed it meanwhile (os/signal).
		if sigaction(nil, &now) == 0 && now == quiet {
			sigaction(&old, nil)
		}
	}
}

func sigaction(act, old *kernelSigaction) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD),
		uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(old.mask), 0, 0)
	return e
}
