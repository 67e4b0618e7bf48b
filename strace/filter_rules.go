//go:build linux && (amd64 || arm64)

package strace

import "golang.org/x/sys/unix"

// argRule decides about one call by its arguments.
type argRule struct {
	nr      int
	program filterProgram
}

// prSetVMA names anonymous memory (glibc 2.40, Go and Java do so per mapping).
const prSetVMA = 0x53564d41

// argRules are the hot calls that matter only now and then.
var argRules = []argRule{
	// mmap: only code from a file. Anonymous executable memory is a JIT's.
	{unix.SYS_MMAP, filterProgram{
		{Code: bpfLoad, K: dataArgs + 8*2},
		{Code: bpfAnyBit, K: unix.PROT_EXEC, Jt: 0, Jf: 3},
		{Code: bpfLoad, K: dataArgs + 8*3},
		{Code: bpfAnyBit, K: unix.MAP_ANONYMOUS, Jt: 1, Jf: 0},
		{Code: bpfReturn, K: retTrace},
		{Code: bpfReturn, K: retAllow},
	}},
	{unix.SYS_MPROTECT, traceIfBits(2, unix.PROT_EXEC)},
	{unix.SYS_PKEY_MPROTECT, traceIfBits(2, unix.PROT_EXEC)},
	// clone: a plain thread needs no stop of its own, PTRACE_EVENT_CLONE comes anyway.
	{unix.SYS_CLONE, filterProgram{
		{Code: bpfLoad, K: dataArgs},
		{Code: bpfAnyBit, K: unix.CLONE_UNTRACED, Jt: 2, Jf: 0},
		{Code: bpfAnyBit, K: unix.CLONE_THREAD, Jt: 0, Jf: 1},
		{Code: bpfReturn, K: retAllow},
		{Code: bpfReturn, K: retTrace},
	}},
	// newfstatat(fd, path, …, AT_EMPTY_PATH) is what fstat has been since glibc 2.33, and
	// as frequent; path is "" then. The flag does nothing for a path that is not, so a
	// name next to just this flag is all that could be missed.
	{sysNewfstatat, filterProgram{
		{Code: bpfLoad, K: dataArgs + 8*3},
		{Code: bpfEqual, K: unix.AT_EMPTY_PATH, Jt: 0, Jf: 2},
		{Code: bpfLoad, K: dataArgs},
		{Code: bpfEqual, K: 1<<32 + unix.AT_FDCWD, Jt: 0, Jf: 1},
		{Code: bpfReturn, K: retTrace},
		{Code: bpfReturn, K: retAllow},
	}},
	{unix.SYS_PRCTL, filterProgram{
		{Code: bpfLoad, K: dataArgs},
		{Code: bpfEqual, K: unix.PR_SET_NAME, Jt: 1, Jf: 0},
		{Code: bpfEqual, K: prSetVMA, Jt: 0, Jf: 1},
		{Code: bpfReturn, K: retAllow},
		{Code: bpfReturn, K: retTrace},
	}},
}

func traceIfBits(arg int, bits uint32) filterProgram {
	return filterProgram{
		{Code: bpfLoad, K: uint32(dataArgs + 8*arg)},
		{Code: bpfAnyBit, K: bits, Jt: 0, Jf: 1},
		{Code: bpfReturn, K: retTrace},
		{Code: bpfReturn, K: retAllow},
	}
}
