//go:build linux && amd64

package rehearse

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// answerClone lets threads through. A clone without CLONE_THREAD, which is what
// fork, posix_spawn and system come down to, is refused.
func answerClone(_ *kernel, c *strace.Call) (int64, bool) {
	if c.Args[0]&unix.CLONE_THREAD == 0 {
		return errno(unix.ENOSYS)
	}
	return 0, false
}

// struct clone_args of clone(2): offsets of the fields that Nanos looks at, and the
// least size that it accepts.
const (
	cloneArgsSize      = 88
	cloneArgsStackSize = 48
)

func answerClone3(k *kernel, c *strace.Call) (int64, bool) {
	if c.Args[1] < cloneArgsSize {
		return errno(unix.EINVAL)
	}
	flags, err := k.word(c.TID, c.Args[0])
	if err != nil {
		return errno(unix.EFAULT)
	}
	stack, err := k.word(c.TID, c.Args[0]+cloneArgsStackSize)
	switch {
	case err != nil:
		return errno(unix.EFAULT)
	case stack == 0:
		return errno(unix.EINVAL)
	case flags&unix.CLONE_THREAD == 0:
		return errno(unix.ENOSYS)
	}
	return 0, false
}

// answerKill permits signals to the program itself only: there is nothing else,
// and no process groups.
func answerKill(k *kernel, c *strace.Call) (int64, bool) {
	if int(int32(c.Args[0])) != k.pid {
		return errno(unix.ESRCH)
	}
	return 0, false
}

// answerTgkill finds threads of the program alone.
func answerTgkill(k *kernel, c *strace.Call) (int64, bool) { return answerKill(k, c) }

// answerTkill: the kernel passes process 1 on to tgkill, where the program is
// process 2, so tkill never finds anybody. musl's raise and abort use it.
func answerTkill(*kernel, *strace.Call) (int64, bool) { return errno(unix.ESRCH) }

// answerPrctl: every option succeeds; only the thread's name has an effect.
func answerPrctl(_ *kernel, c *strace.Call) (int64, bool) {
	if c.Args[0] == unix.PR_SET_NAME || c.Args[0] == unix.PR_GET_NAME {
		return 0, false
	}
	return 0, true
}

// archSetFS is the option of arch_prctl(2) by which every libc makes its first
// thread's TLS known.
const archSetFS = 0x1002

// answerArchPrctl lets the call through, and takes the opportunity, which comes
// before any code of the program, to take out of the auxiliary vector what Nanos
// does not pass. GLib aborts without AT_SECURE.
func answerArchPrctl(k *kernel, c *strace.Call) (int64, bool) {
	if c.Args[0] == archSetFS && k.files != nil && !k.trimmed {
		k.trimmed = true
		if at, err := k.files.startStack(c.TID); err == nil {
			k.trimAuxv(c.TID, at)
		}
	}
	return 0, false
}

// auxvKept lists the tags that Nanos passes (build_exec_stack in its unix/exec.c):
// PHDR, PHENT, PHNUM, PAGESZ, BASE, ENTRY, RANDOM, HWCAP2, SYSINFO_EHDR.
var auxvKept = []uint64{3, 4, 5, 6, 7, 9, 25, 26, 33}

const (
	auxvNull   = 0
	auxvIgnore = 1 // AT_IGNORE: readers skip the entry

	maxStackWords = 1 << 20 // of argv, envp and auxv: more than ARG_MAX permits
)

// trimAuxv walks argc, argv, envp and the auxiliary vector, which lie in a row.
func (k *kernel) trimAuxv(tid int, at uint64) {
	argc, err := k.word(tid, at)
	if err != nil || argc > maxStackWords {
		return
	}
	at += 8 * (argc + 2) // argc, argv and its null
	for range maxStackWords {
		w, err := k.word(tid, at)
		if err != nil {
			return
		}
		at += 8
		if w == 0 {
			break
		}
	}
	for range maxAuxv {
		tag, err := k.word(tid, at)
		if err != nil || tag == auxvNull {
			return
		}
		if !slices.Contains(auxvKept, tag) {
			_ = k.mem.write(tid, at, binary.LittleEndian.AppendUint64(nil, auxvIgnore))
		}
		at += 16
	}
}
