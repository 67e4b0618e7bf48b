package diagnose

import (
	"syscall"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// callRule says what a failed call means. The first row that matches counts.
type callRule struct {
	names   []string        // calls; nil: any
	errs    []syscall.Errno // errors; nil: any
	when    func(*run, *strace.Event) bool
	id      string
	subject func(*run, *strace.Event) string // nil: the call's name
	points  int
	limit   Confidence
	summary string // %s is the subject
}

var callRules = []callRule{
	// [2] clone(0x4111, 0x000001c400c4cff0, …) = -ENOSYS
	{names: []string{"clone", "clone3"}, when: func(_ *run, e *strace.Event) bool { return makesProcess(e) && cloneFlags(e)&cloneVfork != 0 },
		id: "process.spawn", subject: spawned, points: 45, summary: "the program starts another one (%s), and Nanos runs one process only"},
	// [2] clone(0x1200011, 0x0, 0x0, 0x000000282852ea10, 0x0) = -ENOSYS
	{names: []string{"clone", "clone3"}, when: func(_ *run, e *strace.Event) bool { return makesProcess(e) },
		id: "process.fork", subject: func(*run, *strace.Event) string { return "fork" }, points: 45, summary: "the program forks (%s), and Nanos runs one process only"},
	{names: []string{"fork"}, id: "process.fork", points: 45, summary: "the program calls %s, and Nanos runs one process only"},
	{names: []string{"vfork"}, id: "process.vfork", points: 45, summary: "the program calls %s, and Nanos runs one process only"},
	{names: []string{"execve", "execveat"}, id: "process.exec", subject: func(_ *run, e *strace.Event) string { return firstOf(e.Path, e.Name) }, points: 45,
		summary: "the program replaces itself by another (%s), which Nanos cannot do"},
	// [2] kill() = -ESRCH
	{names: []string{"kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"}, errs: []syscall.Errno{syscall.ESRCH, syscall.EPERM}, id: "process.kill-other", points: 40,
		summary: "the program signals another process (%s); there is none"},
	{names: []string{"wait4", "waitid"}, id: "process.fork", subject: func(_ *run, e *strace.Event) string { return e.Name }, points: 5, limit: Possible,
		summary: "the program waits for a child (%s); there is none"},
	// [2] bind() = -98
	{names: []string{"bind"}, errs: []syscall.Errno{syscall.EADDRINUSE}, id: "network.port-in-use", subject: (*run).portSaid, points: 45, summary: "the port %s is already bound inside the guest"},
	// [2] bind() = -ENOENT: a socket in a directory that does not exist
	{names: []string{"bind"}, errs: []syscall.Errno{syscall.ENOENT, syscall.ENOTDIR}, id: "missing-data.directory", subject: (*run).socketDir, points: 42, summary: "the directory %s, in which the program makes a socket, does not exist in the image"},
	// Nanos answers a connection to a closed port of its own with ECONNRESET
	{names: []string{"connect"}, errs: []syscall.Errno{syscall.ECONNREFUSED, syscall.ECONNRESET}, id: "network.refused", subject: (*run).hostSaid, points: 35, summary: "the connection to %s was refused"},
	{names: []string{"connect", "sendto", "sendmsg"}, errs: []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ETIMEDOUT, syscall.ENETDOWN}, id: "network.unreachable", subject: (*run).hostSaid, points: 35, summary: "%s cannot be reached from the guest"},
	{names: []string{"write", "pwrite64", "writev", "pwritev", "fallocate", "ftruncate", "sendfile", "copy_file_range", "fsync", "fdatasync", "close", "open", "openat", "creat", "mkdir", "mkdirat", "rename", "link", "symlink", "msync"},
		errs: []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT}, id: "resource.disk-full", subject: (*run).fullPlace, points: 50, summary: "no space is left on %s"},
	// [2] mmap(0x0, 219902325555200, …) = -ENOMEM
	{names: []string{"mmap", "mremap", "brk"}, errs: []syscall.Errno{syscall.ENOMEM, syscall.EINVAL}, when: func(_ *run, e *strace.Event) bool { return mapLength(e) >= hugeMap || reserves(e) }, id: "resource.address-space", subject: func(_ *run, e *strace.Event) string { return "mmap " + bytesText(mapLength(e)) }, points: 50,
		summary: "the reservation is larger than the address space (%s)"},
	{names: []string{"mmap", "mremap", "brk"}, errs: []syscall.Errno{syscall.ENOMEM}, id: "resource.memory", subject: (*run).memorySize, points: 15, summary: "the guest's memory does not suffice (%s)"},
	{errs: []syscall.Errno{syscall.ENOSYS}, when: func(r *run, e *strace.Event) bool { return r.status(e.Name) == nanos.KlibOnly }, id: "syscall.needs-klib", points: 35, summary: "%s is provided only by a klib that the image lacks"},
	{errs: []syscall.Errno{syscall.ENOSYS}, id: "syscall.unsupported", subject: callSubject, points: 30, summary: "Nanos does not implement %s"},
	// [2] io_uring_setup() = -EINVAL: the call exists, the feature does not
	{names: featureCalls, errs: []syscall.Errno{syscall.EINVAL, syscall.EOPNOTSUPP, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.ENOPROTOOPT, syscall.ESOCKTNOSUPPORT, syscall.EPFNOSUPPORT},
		id: "syscall.unsupported", subject: callSubject, points: 15, summary: "Nanos does not support what the program asks of %s"},
}

// featureCalls exist in Nanos and refuse some families, types, flags or operations
// that Linux has.
var featureCalls = []string{
	"io_uring_setup", "io_uring_register", "io_uring_enter", "socket", "socketpair", "setsockopt", "getsockopt", "fcntl", "ioctl", "mmap", "mremap",
	"madvise", "prctl", "arch_prctl", "futex", "clone", "clone3", "timerfd_create", "timerfd_settime", "eventfd2", "signalfd4", "epoll_create1",
	"epoll_ctl", "inotify_init1", "inotify_add_watch", "memfd_create", "fallocate", "renameat2", "sendmsg", "recvmsg", "sendto", "accept4", "pipe2",
	"prlimit64", "getrlimit", "setrlimit", "timer_create", "clock_gettime", "clock_nanosleep", "sched_setaffinity", "openat", "io_setup", "io_submit",
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// oldestTable is the oldest release that the table of calls describes.
const oldestTable = "0.1.37"

// unsureOfKlib: the log admits kernels that have no klib for the call, and others that do.
func (r *run) unsureOfKlib(call string) bool {
	if r.table == nil || r.in.Version != "" || r.log.Version != "" {
		return false
	}
	oldest := firstOf(r.log.VersionMin, oldestTable)
	return r.table.Status(call, oldest) != r.table.Status(call, r.version)
}

// status asks the table, and takes everything for implemented without one.
func (r *run) status(call string) nanos.Status {
	if r.table == nil {
		return nanos.Implemented
	}
	return r.table.Status(call, r.version)
}
