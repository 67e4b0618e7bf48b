package strace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The arm64 half of the tracer.

// abi is one of the ways in which a kernel is called. Those of x86-64 beyond the
// native one do not exist here.
type abi uint8

const (
	abiNative abi = iota
	abiX32
	abiI386
)

// compatCalls is where the numbers of 32-bit programs begin, far from the native ones:
// they have no table, and are recorded as syscall_N.
const compatCalls = 1 << 16

// abiOf tells the ABI of a call and its number within it.
func abiOf(arch uint32, nr uint64) (abi, int) {
	if arch != auditArch {
		return abiNative, compatCalls + int(nr&(compatCalls-1))
	}
	return abiNative, int(int32(nr))
}

// Register sets of PTRACE_GETREGSET, from linux/elf.h.
const (
	ntPRStatus      = 1
	ntARMSystemCall = 0x404
)

// registers is struct user_pt_regs.
type registers struct {
	x      [31]uint64
	sp, pc uint64
	pstate uint64
}

func (r *registers) transfer(request, tid int) unix.Errno {
	v := unix.Iovec{Base: (*byte)(unsafe.Pointer(r)), Len: uint64(unsafe.Sizeof(*r))}
	return ptrace(request, tid, ntPRStatus, uintptr(unsafe.Pointer(&v)))
}

// change reads the registers of tid, has them edited, and writes them.
func changeRegisters(tid int, edit func(*registers)) unix.Errno {
	var r registers
	if e := r.transfer(unix.PTRACE_GETREGSET, tid); e != 0 {
		return e
	}
	edit(&r)
	return r.transfer(unix.PTRACE_SETREGSET, tid)
}

// answerCall makes the kernel skip the call at whose seccomp stop tid is, and gives
// the program ret. The number lies outside of the registers; a call that is skipped
// leaves x0 as it is.
func answerCall(tid int, ret int64) unix.Errno {
	skip := int32(-1)
	v := unix.Iovec{Base: (*byte)(unsafe.Pointer(&skip)), Len: uint64(unsafe.Sizeof(skip))}
	if e := ptrace(unix.PTRACE_SETREGSET, tid, ntARMSystemCall, uintptr(unsafe.Pointer(&v))); e != 0 {
		return e
	}
	return changeRegisters(tid, func(r *registers) { r.x[0] = uint64(ret) })
}

// setArg0 changes the first argument of the native call at whose seccomp stop tid is.
func setArg0(tid int, v uint64) unix.Errno {
	return changeRegisters(tid, func(r *registers) { r.x[0] = v })
}

// setArgs puts the arguments of the native call that tid has just ended back into
// their registers, but for the first: x0 holds the result.
func setArgs(tid int, args *[6]uint64) unix.Errno {
	return changeRegisters(tid, func(r *registers) { copy(r.x[1:6], args[1:]) })
}

// statLayout is that of struct stat.
var statLayout = statFields{modeAt: 16, modeBytes: 4, sizeAt: 48, length: 56} // asm-generic/stat.h
