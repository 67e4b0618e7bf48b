//go:build linux && (amd64 || arm64)

package strace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// pokeWord writes eight bytes of the program's memory.
func pokeWord(tid int, addr, v uint64) unix.Errno {
	return ptrace(unix.PTRACE_POKEDATA, tid, uintptr(addr), uintptr(v))
}

// statFields are where struct stat and struct statx keep mode and size.
type statFields struct{ modeAt, modeBytes, sizeAt, length int }

// statxLayout is the same on every architecture.
var statxLayout = statFields{modeAt: 28, modeBytes: 2, sizeAt: 40, length: 48}

// readMemory reads from addr until b is full or a page is not readable, and returns
// the number of bytes read. It works for tasks that the caller traces.
func readMemory(tid int, addr uint64, b []byte) (int, unix.Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	local := unix.Iovec{Base: &b[0], Len: uint64(len(b))}
	remote := unix.RemoteIovec{Base: uintptr(addr), Len: len(b)}
	n, _, e := unix.RawSyscall6(unix.SYS_PROCESS_VM_READV, uintptr(tid), uintptr(unsafe.Pointer(&local)), 1,
		uintptr(unsafe.Pointer(&remote)), 1, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}
