//go:build linux && amd64

package rehearse

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// The guest's standard descriptors are its console: a character device with the
// number of a pseudo-terminal (since d631f6eb, June 2022), so that glibc writes line
// by line although isatty says no.
const (
	consoleMode  = unix.S_IFCHR | modeAll
	consoleMajor = 136 // UNIX98_PTY_SLAVE_MAJOR
)

// console reports whether a descriptor stands for the guest's console: it is open on
// what the caller gave for the program's output, or a standard one on /dev/null.
func (k *kernel) console(c *strace.Call, fd uint64) bool {
	if !k.since("0.1.42") || k.files == nil {
		return false
	}
	target, open := k.descriptor(c.TID, fd)
	if !open {
		return false
	}
	return target == "/dev/null" && fd <= uint64(unix.Stderr) || slices.Contains(k.files.console, target)
}

func answerFstat(k *kernel, c *strace.Call) (int64, bool) {
	if !k.console(c, c.Args[0]) {
		return 0, false
	}
	return k.putStat(c, c.Args[1])
}

// emptyPath reports whether a call that takes a directory and a path is about the
// descriptor itself.
func emptyPath(c *strace.Call, name, flags int) bool {
	if c.Args[flags]&unix.AT_EMPTY_PATH == 0 {
		return false
	}
	p, err := c.ReadString(c.Args[name])
	return err == nil && p == ""
}

func answerFstatat(k *kernel, c *strace.Call) (int64, bool) {
	if !emptyPath(c, 1, 3) || !k.console(c, c.Args[0]) {
		return 0, false
	}
	return k.putStat(c, c.Args[2])
}

// putStat fills struct stat of x86-64.
func (k *kernel) putStat(c *strace.Call, addr uint64) (int64, bool) {
	const (
		size   = 144
		modeAt = 24
		rdevAt = 40
	)
	var b [size]byte
	binary.LittleEndian.PutUint32(b[modeAt:], consoleMode)
	binary.LittleEndian.PutUint64(b[rdevAt:], unix.Mkdev(consoleMajor, 0))
	return k.put(c.TID, addr, b[:])
}

func answerStatx(k *kernel, c *strace.Call) (int64, bool) {
	const (
		size    = 256
		modeAt  = 28
		majorAt = 128
	)
	if !emptyPath(c, 1, 2) || !k.console(c, c.Args[0]) {
		return 0, false
	}
	var b [size]byte
	binary.LittleEndian.PutUint32(b[:], unix.STATX_TYPE|unix.STATX_MODE)
	binary.LittleEndian.PutUint16(b[modeAt:], consoleMode)
	binary.LittleEndian.PutUint32(b[majorAt:], consoleMajor)
	return k.put(c.TID, c.Args[4], b[:])
}
