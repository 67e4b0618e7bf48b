package strace

import (
	"golang.org/x/sys/unix"
)

// abi is one of the ways in which an x86-64 kernel is called.
type abi uint8

const (
	abiNative abi = iota
	abiX32
	abiI386
)

// abiOf tells the ABI of a call and its number within it.
func abiOf(arch uint32, nr uint64) (abi, int) {
	switch {
	case arch == auditArchI386:
		return abiI386, int(int32(nr))
	case nr&x32Bit != 0 && int32(nr) >= 0:
		return abiX32, int(nr &^ x32Bit)
	}
	return abiNative, int(int32(nr))
}

// Offsets in struct user, for PTRACE_POKEUSER.
const (
	userRAX     = 10 * 8
	userOrigRAX = 15 * 8
)

// answerCall makes the kernel skip the call at whose seccomp stop tid is, and gives
// the program ret. At that stop rax holds -ENOSYS already.
func answerCall(tid int, ret int64) unix.Errno {
	if e := ptrace(unix.PTRACE_POKEUSR, tid, userOrigRAX, ^uintptr(0)); e != 0 {
		return e
	}
	return ptrace(unix.PTRACE_POKEUSR, tid, userRAX, uintptr(ret))
}

// setArg0 changes the first argument of the native call at whose seccomp stop tid is.
func setArg0(tid int, v uint64) unix.Errno {
	const userRDI = 14 * 8
	return ptrace(unix.PTRACE_POKEUSR, tid, userRDI, uintptr(v))
}

// setArgs puts the arguments of the native call that tid has just ended back into
// their registers.
func setArgs(tid int, args *[6]uint64) unix.Errno {
	offsets := [6]uintptr{14 * 8, 13 * 8, 12 * 8, 7 * 8, 9 * 8, 8 * 8} // rdi, rsi, rdx, r10, r8, r9
	for i, at := range offsets {
		if e := ptrace(unix.PTRACE_POKEUSR, tid, at, uintptr(args[i])); e != 0 {
			return e
		}
	}
	return 0
}

// statLayout is that of struct stat.
var statLayout = statFields{modeAt: 24, modeBytes: 4, sizeAt: 48, length: 56}
