package rehearse

import (
	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

const pageSize = 4096

// answerMadvise: unknown advice succeeds. MADV_DONTNEED keeps what the pages hold
// until 0.1.55, which zeroes them as Linux does.
func answerMadvise(k *kernel, c *strace.Call) (int64, bool) {
	if c.Args[0]%pageSize != 0 || int64(c.Args[1]) < 0 {
		return errno(unix.EINVAL)
	}
	if c.Args[2] == unix.MADV_DONTNEED && k.since("0.1.55") {
		return 0, false
	}
	return 0, true
}

// answerMemfd: the call comes with klib shmem, which does not load without tmpfs.
func answerMemfd(k *kernel, c *strace.Call) (int64, bool) {
	if k.hasKlib("shmem") && k.hasKlib("tmpfs") {
		return 0, false
	}
	return errno(unix.ENOSYS)
}
