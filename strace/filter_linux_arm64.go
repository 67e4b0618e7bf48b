package strace

import "golang.org/x/sys/unix"

const (
	auditArch     = unix.AUDIT_ARCH_AARCH64
	x32Bit        = 0x40000000 // no number is that large here
	sysNewfstatat = unix.SYS_FSTATAT
)

// hotCalls are allowed without a stop: calls that are frequent, that say nothing
// about files, code or processes, and that every supported Nanos version has (getppid,
// rseq, restart_syscall and the three of vectored i/o excepted, which no program
// depends on or which fall back). Order matters only before Linux 5.11.
var hotCalls = []int{
	unix.SYS_FUTEX, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_MADVISE, unix.SYS_MUNMAP,
	unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY, unix.SYS_SCHED_YIELD, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_FSTAT, unix.SYS_LSEEK, unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREADV, unix.SYS_PWRITEV,
	unix.SYS_BRK, unix.SYS_MREMAP, unix.SYS_MINCORE, unix.SYS_FCNTL, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_GETDENTS64, unix.SYS_SENDFILE,
	unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDMMSG, unix.SYS_RECVMMSG, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
	unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_CTL,
	unix.SYS_IO_URING_ENTER, unix.SYS_TIMER_SETTIME, unix.SYS_TIMERFD_SETTIME, unix.SYS_SETITIMER,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_SIGALTSTACK, unix.SYS_TGKILL,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETPPID, unix.SYS_GETCPU, unix.SYS_GETRUSAGE, unix.SYS_TIMES, unix.SYS_GETRANDOM,
	unix.SYS_SET_TID_ADDRESS, unix.SYS_PRLIMIT64, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_WAIT4, unix.SYS_RESTART_SYSCALL,
}
