//go:build linux && (amd64 || arm64)

package strace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ptraceOptions are inherited by every task that a traced task makes.
// PTRACE_O_TRACEEXIT is for the leaders of processes only: it costs a stop.
const ptraceOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_EXITKILL |
	unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC

// syscallInfo is struct ptrace_syscall_info (Linux 5.3).
type syscallInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64    // at an exit stop: the result
	args [6]uint64 // at an exit stop: the first byte says whether the result is an error
	data uint32    // at a seccomp stop: SECCOMP_RET_DATA
	_    uint32
}

const (
	infoNone    = 0 // PTRACE_SYSCALL_INFO_NONE
	infoExit    = 2 // PTRACE_SYSCALL_INFO_EXIT
	infoSeccomp = 3 // PTRACE_SYSCALL_INFO_SECCOMP
)

// ptrace makes the system call directly: none of the requests used here block, and
// they are most of what the tracer does.
func ptrace(request, tid int, addr, data uintptr) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0)
	return e
}

func (s *syscallInfo) read(tid int) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid),
		unsafe.Sizeof(*s), uintptr(unsafe.Pointer(s)), 0, 0)
	return e
}

// eventMessage returns what PTRACE_GETEVENTMSG has to say about the current stop.
func eventMessage(tid int) (uint64, unix.Errno) {
	var msg uint64
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETEVENTMSG, uintptr(tid), 0, uintptr(unsafe.Pointer(&msg)), 0, 0)
	return msg, e
}

// Decoded wait status, as wait(2) has it.
type waitStatus uint32

func (w waitStatus) exited() bool      { return w&0x7f == 0 }
func (w waitStatus) code() int         { return int(w>>8) & 0xff }
func (w waitStatus) stopped() bool     { return w&0xff == 0x7f }
func (w waitStatus) stopSig() int      { return int(w>>8) & 0xff }
func (w waitStatus) event() int        { return int(w >> 16) }
func (w waitStatus) killedBy() int     { return int(w & 0x7f) }
func (w waitStatus) dead() bool        { return !w.stopped() && w != 0xffff }
func (w waitStatus) syscallStop() bool { return w.stopSig() == int(unix.SIGTRAP)|0x80 }

// hasChildren reports whether the calling thread has children or tracees.
func hasChildren() bool {
	_, _, e := unix.RawSyscall6(unix.SYS_WAITID, unix.P_ALL, 0, 0,
		unix.WEXITED|unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT|unix.WALL|unix.WNOTHREAD, 0, 0)
	return e != unix.ECHILD
}

// waitOwn waits for the tasks that the calling thread traces and for its children,
// leaving the children of other threads of the process alone.
//
// The blocking form goes through the scheduler: a blocked raw call would keep its P,
// and a garbage collection started by another goroutine would wait for it.
func waitOwn(pid int, options int) (tid int, w waitStatus, e unix.Errno) {
	var status uint32
	r, _, e := unix.Syscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&status)),
		uintptr(options|unix.WALL|unix.WNOTHREAD), 0, 0, 0)
	return int(r), waitStatus(status), e
}
