package diagnose

import (
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// wrappers are library functions that appear in messages and make another call than
// the one they are named after.
var wrappers = map[string]string{
	"nice": "setpriority", "daemon": "clone", "fork": "clone", "vfork": "clone", "popen": "clone3", "system": "clone3",
	"posix_spawn": "clone3", "posix_spawnp": "clone3", "execv": "execve", "execvp": "execve", "execl": "execve", "execlp": "execve",
	"mq_unlink": "mq_unlink", "sem_open": "openat", "shm_open": "openat", "shm_unlink": "unlink",
	"pthread_setaffinity_np": "sched_setaffinity", "pthread_setschedparam": "sched_setscheduler", "numa_set_membind": "set_mempolicy",
	"pkey_mprotect": "pkey_mprotect", "mkfifo": "mknodat", "mknod": "mknodat", "sysctl": "_sysctl", "getloadavg": "openat",
}

// topic links the words in which programs speak of a purpose with the calls that
// serve it, after the one-line descriptions of section 2 of the manual.
type topic struct {
	words *lazyregexp.Regexp
	calls []string
}

var topics = []topic{
	{lazyregexp.New(`(?i)semaphore`), []string{"semget", "semop", "semctl", "semtimedop"}},
	{lazyregexp.New(`(?i)(message|job|task|work|event)[ _-]?queue|\bmqueue|\bmq_`), []string{"mq_open", "msgget", "msgsnd", "msgrcv"}},
	{lazyregexp.New(`(?i)shared[ _-]?mem|\bshm|segment\b`), []string{"shmget", "shmat", "shmctl"}},
	{lazyregexp.New(`(?i)numa|mempolicy|memory polic|membind|interleav`), []string{"set_mempolicy", "mbind", "get_mempolicy", "migrate_pages", "move_pages"}},
	{lazyregexp.New(`(?i)perf(ormance)?[ _-]?(event|counter)|\bperf\b|(cycle|hardware|instruction|pmu|cache)[ _-]?(counter|event)s?|profil`), []string{"perf_event_open"}},
	{lazyregexp.New(`(?i)user ?fault|(lazy|demand|user)[ _-]?(paging|fault)|post-?copy`), []string{"userfaultfd"}},
	{lazyregexp.New(`(?i)pid ?fd|(child|process|pid)[ _-]?(track|watch|monitor|handle)`), []string{"pidfd_open", "pidfd_send_signal", "pidfd_getfd"}},
	{lazyregexp.New(`(?i)membarrier|\brcu\b|memory barrier|epoch reclaim`), []string{"membarrier"}},
	{lazyregexp.New(`(?i)debugg|ptrac|\btrac(er|ing|ed)\b|attach`), []string{"ptrace", "process_vm_readv", "process_vm_writev"}},
	{lazyregexp.New(`(?i)io_?uring|sq ?poll|submission queue`), []string{"io_uring_setup", "io_uring_register", "io_uring_enter"}},
	{lazyregexp.New(`(?i)sandbox|seccomp|landlock|jail|confin`), []string{"seccomp", "landlock_create_ruleset", "landlock_restrict_self", "unshare", "chroot", "prctl"}},
	{lazyregexp.New(`(?i)namespace|container|unshar|isolat`), []string{"unshare", "setns", "clone", "clone3", "pivot_root"}},
	{lazyregexp.New(`(?i)\bmount|filesystem|overlay|tmpfs|bind mount`), []string{"mount", "umount2", "fsopen", "fsmount", "move_mount", "pivot_root", "open_tree"}},
	{lazyregexp.New(`(?i)chroot|root (dir|change)|jail`), []string{"chroot", "pivot_root"}},
	{lazyregexp.New(`(?i)keyring|keyctl|kernel key|session key|key ?store`), []string{"add_key", "keyctl", "request_key"}},
	{lazyregexp.New(`(?i)priority|\bnice\b|schedul|real-?time|\brt\b prio`), []string{"setpriority", "getpriority", "sched_setscheduler", "sched_setparam", "sched_setattr", "ioprio_set", "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval"}},
	{lazyregexp.New(`(?i)process group`), []string{"setpgid", "getpgid"}},
	{lazyregexp.New(`(?i)session leader|setsid|\bjob control|controlling term|daemon`), []string{"setsid", "setpgid", "getsid", "getpgid"}},
	{lazyregexp.New(`(?i)privileg|setuid|drop(ping)? (root|user)|credential|capabilit|\buid\b`), []string{"setresuid", "setresgid", "setreuid", "setregid", "setfsuid", "capset", "getresuid", "setgroups"}},
	{lazyregexp.New(`(?i)fanotify|inotify|watcher|file ?(watch|monitor|notif)|dnotify`), []string{"fanotify_init", "fanotify_mark", "inotify_init1"}},
	{lazyregexp.New(`(?i)splice|zero[ -]?copy|vmsplice|\btee\b`), []string{"splice", "vmsplice", "tee", "sendfile", "copy_file_range"}},
	{lazyregexp.New(`(?i)fifo|named pipe|\bpipe\b|mknod|device node`), []string{"mknod", "mknodat"}},
	{lazyregexp.New(`(?i)protection key|\bpkey|\bmpk\b`), []string{"pkey_alloc", "pkey_mprotect", "pkey_free"}},
	{lazyregexp.New(`(?i)\bbpf\b|ebpf|packet filter`), []string{"bpf"}},
	{lazyregexp.New(`(?i)memory ?fd|memfd|anonymous file|staging|sealed`), []string{"memfd_create", "memfd_secret"}},
	{lazyregexp.New(`(?i)extended attrib|xattr`), []string{"setxattr", "getxattr", "listxattr", "removexattr", "fsetxattr", "fgetxattr"}},
	{lazyregexp.New(`(?i)hard ?link|\blink\b`), []string{"link", "linkat"}},
	{lazyregexp.New(`(?i)huge ?page|swap`), []string{"swapon", "mincore", "madvise"}},
	{lazyregexp.New(`(?i)file handle|open_by_handle|name_to_handle`), []string{"name_to_handle_at", "open_by_handle_at"}},
	{lazyregexp.New(`(?i)kernel module|insmod|modprobe`), []string{"init_module", "finit_module", "delete_module"}},
	{lazyregexp.New(`(?i)host ?name|domain ?name`), []string{"sethostname", "setdomainname"}},
	{lazyregexp.New(`(?i)quota`), []string{"quotactl"}},
	{lazyregexp.New(`(?i)io ?port|iopl|port access`), []string{"iopl", "ioperm"}},
	{lazyregexp.New(`(?i)personality|\baslr\b|address randomi`), []string{"personality"}},
	{lazyregexp.New(`(?i)read another process|process memory|vm_read`), []string{"process_vm_readv", "process_vm_writev", "process_madvise"}},
	{lazyregexp.New(`(?i)accounting`), []string{"acct"}},
	{lazyregexp.New(`(?i)terminal|vhangup|tty`), []string{"vhangup"}},
	{lazyregexp.New(`(?i)futex|wait ?v\b`), []string{"futex_waitv", "futex"}},
}

// topicOf reports whether a text is about what a call is for.
func topicOf(call, text string) bool {
	for _, t := range topics {
		if slices.Contains(t.calls, call) && t.words.MatchString(text) {
			return true
		}
	}
	return false
}

// callByTopic guesses the call that a message is about: the first of the topic's that
// this Nanos does not have, or, when the error says that a feature and not the call is
// refused, one that has such features.
func (r *run) callByTopic(text string, feature bool) (call string, ok bool) {
	for _, t := range topics {
		if !t.words.MatchString(text) {
			continue
		}
		for _, c := range t.calls {
			if s := r.status(c); s == nanos.Unsupported || s == nanos.KlibOnly || feature && slices.Contains(featureCalls, c) {
				return c, true
			}
		}
	}
	return "", false
}

var word = lazyregexp.New(`[A-Za-z_][A-Za-z0-9_]*`)

// callNamed finds a call, or a library function that makes one, named in a message,
// that this Nanos does not have: `setsid: Function not implemented`.
func (r *run) callNamed(text string) (call string, ok bool) {
	for _, w := range word.Regexp().FindAllString(text, -1) {
		name := strings.ToLower(w)
		if c, isWrapper := wrappers[name]; isWrapper {
			name = c
		}
		if _, known := strace.SyscallNumber(name); !known {
			continue
		}
		if s := r.status(name); s == nanos.Unsupported || s == nanos.KlibOnly {
			return name, true
		}
	}
	return "", false
}

// callSpelled finds a call whose name is no word of a language, in a message that gives
// ENOSYS as the error: the kernel itself said so, whichever version it is.
//
//	inotify_init1: Function not implemented
func callSpelled(text string) (call string, ok bool) {
	for _, w := range word.Regexp().FindAllString(text, -1) {
		if _, known := strace.SyscallNumber(w); known && strings.ContainsAny(w, "_0123456789") {
			return w, true
		}
	}
	return "", false
}
