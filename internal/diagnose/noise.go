package diagnose

import (
	"path"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// weight says how much a failed access counts that also a healthy run shows.
type weight uint8

const (
	normal   weight = iota
	weak            // tolerated by most programs: a cause only when the program names it
	harmless        // never a cause
)

// probePath is one row of look-ups that fail in healthy programs.
type probePath struct {
	match  func(p string) bool
	weight weight
	reason string
}

func is(paths ...string) func(string) bool {
	return func(p string) bool {
		for _, q := range paths {
			if p == q {
				return true
			}
		}
		return false
	}
}

func beneath(dirs ...string) func(string) bool {
	return func(p string) bool {
		for _, d := range dirs {
			if under(p, d) {
				return true
			}
		}
		return false
	}
}

func ending(suffixes ...string) func(string) bool {
	return func(p string) bool {
		for _, s := range suffixes {
			if strings.HasSuffix(p, s) {
				return true
			}
		}
		return false
	}
}

// probePaths, first match counts. Each was seen to fail in runs that succeeded, in
// the guest, natively, or both; the reason says who copes with it.
var probePaths = []probePath{
	{is("/etc/ld.so.preload"), harmless, "the loader's optional list of preloads; absent on nearly every host"},
	{is("/etc/ld.so.cache"), harmless, "the guest has no loader cache; the loader goes on with its directories"},
	{func(p string) bool { return hwcaps(path.Dir(p)) || hwcaps(p) }, harmless, "CPU-specific variants of a library; the loader goes on with the generic one"},
	{func(p string) bool { return strings.HasPrefix(p, "/etc/ld-musl-") }, harmless, "musl's optional search path; it has a default"},
	{is("/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/resolv.conf.d", "/etc/default/nss"), harmless, "glibc has a built-in default"},
	{beneath("/var/run/nscd", "/run/nscd", "/run/systemd"), harmless, "the name service cache daemon is optional"},
	{is("/etc/localtime", "/etc/timezone"), weak, "without it times are in UTC"},
	{beneath("/usr/lib/locale", "/usr/share/locale", "/usr/share/locale-langpack", "/usr/share/i18n"), weak, "without it the C locale is used"},
	{ending(".mo"), harmless, "message translations are optional"},
	{ending(".debug", ".dwp", ".dwo", ".dSYM", ".gnu_debugaltlink"), harmless, "debug information for a backtrace"},
	{beneath("/usr/lib/debug", "/lib/debug"), harmless, "debug information for a backtrace"},
	{is("/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf", "/usr/local/ssl/openssl.cnf", "/etc/gnutls/config", "/etc/crypto-policies/back-ends/gnutls.config"), weak, "the library has built-in settings"},
	{is("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/sys/net/core/somaxconn", "/proc/sys/vm/overcommit_memory"), harmless, "a runtime's probe with a default"},
	{beneath("/sys/fs/cgroup"), weak, "limits of a container; runtimes take no limit"},
	{is("/proc/self/cgroup", "/proc/self/mountinfo", "/proc/self/mounts", "/proc/filesystems", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/cap_last_cap", "/proc/version_signature", "/proc/self/oom_score_adj", "/proc/self/coredump_filter"), weak, "a probe of the environment with a default"},
	{is("/sys/devices/system/cpu", "/sys/devices/system/cpu/possible"), weak, "the number of processors is taken from the affinity mask instead"},
	{beneath("/sys/devices/system/node", "/sys/devices/system/cpu/cpu0", "/sys/devices/virtual/dmi", "/sys/class", "/sys/bus"), weak, "hardware topology; most libraries have a default"},
	{func(p string) bool {
		return strings.Contains(p, "/gconv/gconv-modules") || strings.HasSuffix(p, "/gconv/gconv-modules.d")
	}, weak, "the C library has the common conversions built in"},
	{is("/proc/stat", "/proc/loadavg", "/proc/uptime"), weak, "statistics with a default"},
	{is("/dev/tty", "/dev/pts", "/dev/ptmx", "/dev/console"), weak, "there is no terminal"},
	{ending(".pyc", "/pyvenv.cfg", ".zip", "._pth", "/pybuilddir.txt", "/__pycache__", "/usercustomize.py", "/sitecustomize.py", "/Modules/Setup.local"), harmless, "one of several places where Python looks"},
	{ending("/package.json", "/node_modules", "/.npmrc", "/.noderc"), weak, "one of several places where Node looks"},
	{is("/etc/papersize", "/etc/inputrc", "/etc/terminfo", "/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/os-release", "/usr/lib/os-release", "/etc/lsb-release"), weak, "identification that most programs do without"},
	{is("/etc/suid-debug", "/etc/malloc.conf"), harmless, "the allocator's optional settings"},
}

// probe returns the row of an expected failure.
func probe(p string) (probePath, bool) {
	for _, row := range probePaths {
		if row.match(p) {
			return row, true
		}
	}
	return probePath{}, false
}

// probeCall is one row of calls that fail in healthy programs.
type probeCall struct {
	name   string
	err    syscall.Errno // 0: any
	weight weight
	reason string
}

// probeCalls: calls whose failure somebody tolerates. All were seen in successful
// runs on Nanos 0.1.49 to July 2026.
var probeCalls = []probeCall{
	{"rseq", 0, harmless, "glibc does without restartable sequences"},
	{"syscall_334", 0, harmless, "rseq; glibc does without restartable sequences"},
	{"ioctl", 0, harmless, "the console is no terminal"},
	{"set_robust_list", 0, harmless, "robust mutexes of other processes"},
	{"getppid", 0, harmless, "there is no parent process"},
	{"getpgrp", 0, harmless, "there are no process groups"},
	{"getresuid", 0, harmless, "everything runs as root"},
	{"getresgid", 0, harmless, "everything runs as root"},
	{"getgroups", 0, harmless, "everything runs as root"},
	{"get_mempolicy", 0, harmless, "libnuma and glibc take one node"},
	{"sched_getscheduler", 0, harmless, "the default policy is assumed"},
	{"sched_getparam", 0, harmless, "the default policy is assumed"},
	{"statx", syscall.ENOSYS, harmless, "the C library falls back to newfstatat"},
	{"faccessat2", syscall.ENOSYS, harmless, "the C library falls back to faccessat"},
	{"openat2", syscall.ENOSYS, weak, "libraries fall back to openat"},
	{"close_range", syscall.ENOSYS, harmless, "the caller closes one by one"},
	{"preadv2", syscall.ENOSYS, harmless, "the C library falls back to preadv"},
	{"pwritev2", syscall.ENOSYS, harmless, "the C library falls back to pwritev"},
	{"copy_file_range", syscall.ENOSYS, harmless, "the caller copies through memory"},
	{"epoll_pwait2", syscall.ENOSYS, harmless, "the caller falls back to epoll_pwait"},
	{"clone3", syscall.ENOSYS, harmless, "the C library falls back to clone"},
	{"membarrier", syscall.ENOSYS, weak, "runtimes probe it and have another way"},
	{"io_uring_setup", 0, weak, "libuv and others fall back to a thread pool"},
	{"pidfd_open", syscall.ENOSYS, weak, "runtimes probe it and have another way"},
	{"memfd_create", syscall.ENOSYS, normal, ""},
	{"mbind", 0, weak, "a hint where memory should lie"},
	{"set_mempolicy", 0, weak, "a hint where memory should lie"},
	{"prctl", 0, harmless, "settings of the process that have a default"},
	{"madvise", 0, harmless, "a hint"},
	{"readlink", syscall.EINVAL, weak, "the path is no symbolic link"},
	{"readlinkat", syscall.EINVAL, weak, "the path is no symbolic link"},
	{"lseek", syscall.ESPIPE, harmless, "the descriptor is a stream"},
	{"getpeername", syscall.ENOTCONN, harmless, "the socket is not connected"},
	{"connect", syscall.ENOENT, harmless, "the socket of an optional daemon (nscd, syslog) is absent"},
	{"connect", syscall.EINPROGRESS, harmless, "the connection is being made"},
	{"futex", 0, harmless, "a lock was taken by another thread"},
	{"restart_syscall", 0, harmless, "a signal came in between"},
	{"mremap", syscall.ENOSYS, weak, ""},
	{"setsockopt", 0, weak, "most socket options are optional"},
	{"getsockopt", 0, weak, "most socket options are optional"},
	{"sigaltstack", 0, harmless, "there was no alternate stack"},
	{"wait4", syscall.ECHILD, weak, "there are no children"},
	{"getpriority", 0, weak, "the default priority is assumed"},
	{"landlock_create_ruleset", 0, weak, "programs sandbox themselves where they can"},
	{"seccomp", 0, weak, "programs sandbox themselves where they can"},
	{"perf_event_open", 0, weak, "counters are optional to most programs"},
	{"quotactl", 0, weak, ""},
	{"fadvise64", 0, harmless, "a hint"},
	{"sync_file_range", 0, harmless, "a hint"},
	{"sched_setaffinity", 0, weak, "threads stay where they are"},
	{"sched_setscheduler", 0, weak, "threads keep the default policy"},
}

// probeOf returns the row of a call that fails in healthy programs. EAGAIN, EINTR and
// the kernel's restart codes are no failures at all.
func probeOf(e *strace.Event) (probeCall, bool) {
	switch e.Err {
	case syscall.EAGAIN, syscall.EINTR, syscall.EINPROGRESS, 512, 513, 514, 516:
		return probeCall{e.Name, e.Err, harmless, "no failure: the call was to be tried again"}, true
	}
	for _, row := range probeCalls {
		if row.name == e.Name && (row.err == 0 || row.err == e.Err) {
			return row, true
		}
	}
	return probeCall{}, false
}
