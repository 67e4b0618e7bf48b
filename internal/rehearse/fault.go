//go:build linux && amd64

package rehearse

import (
	"encoding/binary"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Signals of a fault, and of abort.
var faultSignals = map[syscall.Signal]bool{
	unix.SIGSEGV: true, unix.SIGBUS: true, unix.SIGILL: true, unix.SIGFPE: true, unix.SIGTRAP: true, unix.SIGABRT: true, unix.SIGSYS: true,
}

// stackWords is how much of the stack a Fault shows, as much as a dump of Nanos.
const stackWords = 128

// siginfo is how struct siginfo starts (bytes: signal, errno, code, 4 unused, address).
type siginfo struct {
	_    [2]int32
	code int32
	_    int32
	addr uint64
	_    [104]byte
}

func signalInfo(tid int) (siginfo, bool) {
	var s siginfo
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETSIGINFO, uintptr(tid), 0, uintptr(unsafe.Pointer(&s)), 0, 0)
	return s, e == 0
}

// newFault describes the state of a task to which sig is about to be delivered. It is
// called on the tracer's thread.
func (k *kernel) newFault(tid int, sig syscall.Signal) *Fault {
	info, ok := signalInfo(tid)
	var r unix.PtraceRegs
	if !ok || unix.PtraceGetRegs(tid, &r) != nil {
		return nil
	}
	f := &Fault{
		TID: tid, Signal: sig, Code: int(info.code), RIP: r.Rip, RSP: r.Rsp,
		Regs: map[string]uint64{
			"rax": r.Rax, "rbx": r.Rbx, "rcx": r.Rcx, "rdx": r.Rdx, "rsi": r.Rsi, "rdi": r.Rdi, "rbp": r.Rbp, "rsp": r.Rsp,
			"r8": r.R8, "r9": r.R9, "r10": r.R10, "r11": r.R11, "r12": r.R12, "r13": r.R13, "r14": r.R14, "r15": r.R15,
			"rip": r.Rip, "rflags": r.Eflags,
		},
	}
	if f.HasAddr = info.code > 0 && info.code != siKernel; f.HasAddr {
		f.Addr = info.addr
	}
	b := make([]byte, 8*stackWords)
	for n := len(b); n > 0; n /= 2 { // the stack may end before
		if k.mem.read(tid, r.Rsp, b[:n]) == nil {
			for i := 0; i+8 <= n; i += 8 {
				f.Stack = append(f.Stack, binary.LittleEndian.Uint64(b[i:]))
			}
			break
		}
	}
	return f
}

// Values of si_code (asm-generic/siginfo.h): sent by the kernel for no address, and by
// tgkill.
const (
	siKernel = 0x80
	siTkill  = -6
)

// delivers reports whether Nanos sends a signal that Linux is about to: it has no
// SIGPIPE for a write that nobody reads, which ends with EPIPE alone.
func delivers(tid int, sig syscall.Signal) bool {
	if sig != unix.SIGPIPE {
		return true
	}
	info, ok := signalInfo(tid)
	return !ok || info.code == siTkill
}
