package tracelog

import (
	"encoding/binary"
	"strings"
)

// callNames are the names that a Nanos kernel or its strace klib prints for a system
// call on x86-64 (kernel 0.1.37 to July 2026), with the three calls of its own klibs:
// pledge, unveil, umcg_ctl. A name outside of this list is no trace line.
const callNames = `
_sysctl accept accept4 access acct add_key adjtimex afs_syscall alarm arch_prctl bind bpf brk
cachestat capget capset chdir chmod chown chroot clock_adjtime clock_getres clock_gettime
clock_nanosleep clock_settime clone clone3 close close_range connect copy_file_range creat
create_module delete_module dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old
epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group
faccessat faccessat2 fadvise64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat
fchmodat2 fchown fchownat fcntl fdatasync fgetxattr finit_module flistxattr flock fork fremovexattr
fsconfig fsetxattr fsmount fsopen fspick fstat fstatfs fsync ftruncate futex futex_requeue
futex_wait futex_waitv futex_wake futimesat get_kernel_syms get_mempolicy get_robust_list
get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer
getpeername getpgid getpgrp getpid getpmsg getppid getpriority getrandom getresgid getresuid
getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr init_module
inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
io_pgetevents io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl
ioprio_get ioprio_set kcmp kexec_file_load kexec_load keyctl kill landlock_add_rule
landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listmount
listxattr llistxattr lookup_dcookie lremovexattr lseek lsetxattr lsm_get_self_attr lsm_set_self_attr
lstat madvise map_shadow_stack mbind membarrier memfd_create memfd_secret migrate_pages mincore
mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap modify_ldt mount mount_setattr move_mount
move_pages mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap
msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat
nfsservctl open open_by_handle_at open_tree openat openat2 pause perf_event_open personality
pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect
pledge poll ppoll prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease
process_vm_readv process_vm_writev pselect6 ptrace putpmsg pwrite64 pwritev pwritev2 query_module
quotactl quotactl_fd read readahead readlink readlinkat readv reboot recvfrom recvmmsg recvmsg
remap_file_pages removexattr rename renameat renameat2 request_key restart_syscall rmdir rseq
rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr
sched_setparam sched_setscheduler sched_yield seccomp security select semctl semget semop semtimedop
sendfile sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node set_robust_list
set_thread_area set_tid_address setdomainname setfsgid setfsuid setgid setgroups sethostname
setitimer setns setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid
setsockopt settimeofday setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd
signalfd4 socket socketpair splice stat statfs statmount statx swapoff swapon symlink symlinkat sync
sync_file_range syncfs sysfs sysinfo syslog tee tgkill time timer_create timer_delete
timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times
tkill truncate tuxcall umask umcg_ctl umount2 uname unlink unlinkat unshare unveil uselib
userfaultfd ustat utime utimensat utimes vfork vhangup vmsplice vserver wait4 waitid write writev`

// nameBits makes the table sparse: there are some 370 names.
const nameBits = 11

// nameTable finds a name in callNames without allocating: open addressing on a hash.
type nameTable struct {
	slots [1 << nameBits]string
}

var names = newNameTable()

func newNameTable() *nameTable {
	t := new(nameTable)
	for _, n := range strings.Fields(callNames) {
		i := nameHash([]byte(n))
		for t.slots[i] != "" {
			i = (i + 1) % len(t.slots)
		}
		t.slots[i] = n
	}
	return t
}

// nameHash takes the first and the last eight bytes, as far as there are that many; at
// least two are needed.
func nameHash(b []byte) int {
	var x uint64
	switch n := len(b); {
	case n >= 8:
		x = binary.LittleEndian.Uint64(b) ^ binary.LittleEndian.Uint64(b[n-8:])*31
	case n >= 4:
		x = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		x = uint64(binary.LittleEndian.Uint16(b))<<32 | uint64(b[n-1])
	}
	const golden = 0x9e3779b97f4a7c15
	return int((x + uint64(len(b))) * golden >> (64 - nameBits))
}

// lookup returns the name as a string of the table, or "" when it is no call.
func (t *nameTable) lookup(b []byte) string {
	if i := t.find(b); i >= 0 {
		return t.slots[i]
	}
	return ""
}

// find returns the place of the name in the table, -1 when it is no call.
func (t *nameTable) find(b []byte) int {
	if len(b) < 2 || len(b) > 32 {
		return -1
	}
	for i := nameHash(b); t.slots[i] != ""; i = (i + 1) % len(t.slots) {
		if t.slots[i] == string(b) {
			return i
		}
	}
	return -1
}
