//go:build linux && amd64

package rehearse

import (
	"fmt"

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

// hugeBits are MAP_HUGETLB and the page size that goes with it.
const hugeBits = unix.MAP_HUGETLB | 0x3f<<unix.MAP_HUGE_SHIFT

// largeMapping is the size (bytes) from which Linux may refuse a mapping that it
// could not fill. Nanos promises any amount.
const largeMapping = 1 << 30

// answerMmap lets Linux do the call, with the flags by which it succeeds where Nanos
// does: huge pages are a hint, and memory is not counted until it is touched.
func answerMmap(k *kernel, c *strace.Call) (int64, bool) {
	flags := c.Args[3]
	want := flags
	if flags&unix.MAP_HUGETLB != 0 && flags&unix.MAP_ANONYMOUS != 0 {
		want &^= hugeBits
	}
	if c.Args[1] >= largeMapping {
		k.detail = detail{tid: c.TID, name: c.Name, args: fmt.Sprintf("0x%x, %d, %d, 0x%x, %d, 0x%x", c.Args[0], c.Args[1], c.Args[2], c.Args[3], int32(c.Args[4]), c.Args[5])}
	}
	if c.Args[1] >= largeMapping && flags&unix.MAP_ANONYMOUS != 0 {
		want |= unix.MAP_NORESERVE
	}
	if want != flags {
		changeArgs(c, func(r *unix.PtraceRegs) { r.R10 = want })
	}
	return 0, false
}

// answerUringSetup: IORING_SETUP_CQSIZE is the only flag that Nanos knows.
func answerUringSetup(k *kernel, c *strace.Call) (int64, bool) {
	const (
		flagsAt = 8 // in struct io_uring_params
		cqSize  = 1 << 3
	)
	flags, err := k.word(c.TID, c.Args[1]+flagsAt) // and sq_thread_cpu above it
	if err != nil {
		return errno(unix.EFAULT)
	}
	if uint32(flags)&^cqSize != 0 {
		return errno(unix.EINVAL)
	}
	return 0, false
}
