//go:build linux && amd64

package rehearse

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// answerUname fills struct utsname: six fields of 65 bytes. The node's name is the
// guest's address under QEMU's user network.
func answerUname(k *kernel, c *strace.Call) (int64, bool) {
	const field = 65
	var b [6 * field]byte
	for i, s := range []string{"Nanos", "10-0-2-15", "5.0-" + k.version, "", "x86_64"} {
		copy(b[i*field:(i+1)*field-1], s)
	}
	return k.put(c.TID, c.Args[0], b[:])
}

// answerSysinfo fills struct sysinfo: Nanos knows the memory and one process.
func answerSysinfo(k *kernel, c *strace.Call) (int64, bool) {
	const (
		size     = 112
		totalram = 32
		freeram  = 40
		procs    = 80
		memUnit  = 104
	)
	var b [size]byte
	b[0] = 1 // seconds since boot
	binary.LittleEndian.PutUint64(b[totalram:], uint64(k.memory))
	binary.LittleEndian.PutUint64(b[freeram:], uint64(max(k.memory-nanos.KernelMemory(k.memory), 0)))
	b[procs] = 1
	b[memUnit] = 1
	return k.put(c.TID, c.Args[0], b[:])
}

// answerCapget: no capabilities, whatever version of the header is asked for.
func answerCapget(k *kernel, c *strace.Call) (int64, bool) {
	const dataSize = 12
	if c.Args[1] == 0 {
		return 0, true
	}
	return k.put(c.TID, c.Args[1], make([]byte, dataSize))
}

const (
	unlimited = ^uint64(0)
	userSpace = 1 << 47 // bytes; heap_total(p->virtual)
	openFiles = 65536   // reported, not enforced
)

// limits lists what getrlimit knows; any other resource is EINVAL.
func (k *kernel) limits(resource uint64) (soft, hard uint64, ok bool) {
	switch resource {
	case unix.RLIMIT_DATA:
		return uint64(k.memory), uint64(k.memory), true
	case unix.RLIMIT_STACK:
		if !k.since("0.1.53") {
			return stackSize, stackSize, true // and setrlimit has no effect
		}
		return k.stack, unlimited, true
	case unix.RLIMIT_CORE:
		return 0, 0, true
	case unix.RLIMIT_NOFILE:
		return openFiles, openFiles, true
	case unix.RLIMIT_AS:
		return userSpace, userSpace, true
	}
	return 0, 0, false
}

func (k *kernel) getrlimit(tid int, resource, addr uint64) (int64, bool) {
	soft, hard, ok := k.limits(resource)
	if !ok {
		return errno(unix.EINVAL)
	}
	return k.put(tid, addr, binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, soft), hard))
}

// setrlimit remembers the stack's limit and ignores all others. The main stack does
// not grow with it.
func (k *kernel) setrlimit(tid int, resource, addr uint64) (int64, bool) {
	soft, err := k.word(tid, addr)
	if err != nil {
		return errno(unix.EFAULT)
	}
	if resource == unix.RLIMIT_STACK {
		k.stack = soft
	}
	return 0, true
}

func answerGetrlimit(k *kernel, c *strace.Call) (int64, bool) {
	return k.getrlimit(c.TID, c.Args[0], c.Args[1])
}

func answerSetrlimit(k *kernel, c *strace.Call) (int64, bool) {
	return k.setrlimit(c.TID, c.Args[0], c.Args[1])
}

// answerPrlimit: whichever process is named, it is this one.
func answerPrlimit(k *kernel, c *strace.Call) (int64, bool) {
	resource, set, get := c.Args[1], c.Args[2], c.Args[3]
	if get != 0 {
		if ret, _ := k.getrlimit(c.TID, resource, get); ret < 0 {
			return ret, true
		}
	}
	if set != 0 {
		return k.setrlimit(c.TID, resource, set)
	}
	return 0, true
}
