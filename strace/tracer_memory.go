//go:build linux && (amd64 || arm64)

package strace

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	pageSize    = 4096
	maxPath     = 4096 // PATH_MAX, the NUL included
	usualString = 256  // nearly every path is shorter
	maxInterned = 8192 // distinct strings kept; programs ask for the same few paths again and again
)

// strings reads and keeps strings of the traced programs.
type stringReader struct {
	buf    [maxPath]byte
	intern map[string]string
	other  func(tid int, addr uint64, b []byte) (int, unix.Errno) // when process_vm_readv is refused; nil is peekMemory
}

// read returns the NUL-terminated string at addr.
func (r *stringReader) read(tid int, addr uint64) (string, unix.Errno) {
	n := 0
	for n < maxPath {
		// Not across a page unless the string goes on there: the next one may be missing.
		at := addr + uint64(n)
		want := pageSize - int(at%pageSize)
		if n == 0 && want > usualString {
			want = usualString
		}
		want = min(want, maxPath-n)
		got, e := readMemory(tid, at, r.buf[n:n+want])
		if e != 0 {
			read := peekMemory
			if r.other != nil {
				read = r.other
			}
			if got, e = read(tid, at, r.buf[n:n+want]); e != 0 {
				return "", e
			}
		}
		if end := bytes.IndexByte(r.buf[n:n+got], 0); end >= 0 {
			return r.keep(r.buf[:n+end]), 0
		}
		if got == 0 {
			return "", unix.EFAULT
		}
		n += got
	}
	return "", unix.ENAMETOOLONG
}

// keep returns b as a string, the same one for the same bytes as far as it remembers.
func (r *stringReader) keep(b []byte) string {
	if s, ok := r.intern[string(b)]; ok {
		return s
	}
	if r.intern == nil || len(r.intern) >= maxInterned {
		r.intern = make(map[string]string)
	}
	s := string(b)
	r.intern[s] = s
	return s
}

// peekMemory reads at least one word's rest at addr. It needs no more than being the
// tracer, where process_vm_readv is refused or missing.
func peekMemory(tid int, addr uint64, b []byte) (int, unix.Errno) {
	n := 0
	for n < len(b) {
		at := (addr + uint64(n)) &^ 7
		var word uint64
		_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, uintptr(tid), uintptr(at),
			uintptr(unsafe.Pointer(&word)), 0, 0)
		if e != 0 {
			if n > 0 {
				return n, 0
			}
			return 0, e
		}
		var w [8]byte
		binary.NativeEndian.PutUint64(w[:], word)
		n += copy(b[n:], w[addr+uint64(n)-at:])
		if bytes.IndexByte(w[:], 0) >= 0 {
			break // strings end here; nobody else needs more than a word
		}
	}
	return n, 0
}

// readWord reads eight bytes of the program's memory.
func readWord(tid int, addr uint64) (uint64, bool) {
	var b [8]byte
	n, e := readMemory(tid, addr, b[:])
	if e != 0 || n < len(b) {
		return 0, false
	}
	return binary.NativeEndian.Uint64(b[:]), true
}
