/* Prints how the kernel answers, one line per question. The same program ran in real
   guests: what they printed is in answers-VERSION.txt. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long ret)
{
	if (ret < 0)
		printf("%s: %s\n", what, strerrorname_np(errno) ? strerrorname_np(errno) : "?");
	else
		printf("%s: %ld\n", what, ret);
}

#define ASK(call) (errno = 0, say(#call, (long)(call)))
#define OK(call) (errno = 0, say(#call, (long)(call) < 0 ? -1 : 0)) /* where the value varies */

static void *thread(void *arg)
{
	pthread_attr_t a;
	size_t size;
	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstacksize(&a, &size);
	printf("thread's stack: %zu\n", size);
	return NULL;
}

static const char *file_type(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return strerrorname_np(errno);
	return S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "dir" : S_ISLNK(st.st_mode) ? "link" : S_ISCHR(st.st_mode) ? "device" : "other";
}

static void show(const char *path)
{
	char b[256];
	int fd = open(path, O_RDONLY);
	long n = fd < 0 ? -1 : read(fd, b, sizeof b - 1);
	if (n < 0) {
		say(path, -1);
		return;
	}
	b[n] = 0;
	printf("%s: %s", path, b);
}

int main(int argc, char **argv)
{
	char cwd[4096], link[4096];
	struct rlimit r;
	struct utsname u;
	struct sysinfo si;
	int fds[2], status = -1, one = 1;
	pid_t pid;
	pthread_t t;
	struct flock lk = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *spawned[] = {"/bin/true", NULL};

	printf("argc %d argv0 %s\n", argc, argv[0]);
	printf("cwd: %s\n", getcwd(cwd, sizeof cwd));
	long n = readlink("/proc/self/exe", link, sizeof link - 1);
	link[n < 0 ? 0 : n] = 0;
	printf("exe: %s\n", link);

	ASK(fork());
	ASK(vfork());
	errno = 0;
	printf("posix_spawn: %s\n", strerrorname_np(posix_spawn(&pid, spawned[0], NULL, NULL, spawned, environ)));
	printf("system: %d\n", system("true"));
	errno = 0;
	printf("popen: %s\n", popen("true", "r") ? "ok" : strerrorname_np(errno));
	ASK(execv(argv[0], argv));
	ASK(waitpid(-1, &status, 0));
	ASK(waitid(P_ALL, 0, NULL, WEXITED));
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);

	ASK(getuid());
	ASK(getgid());
	ASK(setuid(1000));
	ASK(geteuid());
	ASK(syscall(SYS_getresuid, &one, &one, &one));
	ASK(getgroups(0, NULL));
	ASK(setsid());
	ASK(syscall(SYS_getppid));
	ASK(kill(1, 0));
	ASK(kill(-1, 0));
	ASK(kill(getpid(), 0));
	ASK(syscall(SYS_tkill, gettid(), 0));
	ASK(syscall(SYS_tgkill, getpid(), gettid(), 0));

	ASK(isatty(1));
	ASK(ioctl(1, FIONREAD, &one));
	ASK(ioctl(1, FIOCLEX));
	ASK(ioctl(77, FIOCLEX));
	pipe(fds);
	ASK(ioctl(fds[0], FIONREAD, &one));
	one = 1;
	ASK(ioctl(fds[0], FIONBIO, &one));
	ASK(read(fds[0], cwd, 1));
	ASK(fcntl(1, F_SETLK, &lk));
	ASK(fcntl(1, F_GETLK, &lk));
	printf("lock type: %d\n", lk.l_type == F_UNLCK);
	ASK(fcntl(1, F_OFD_SETLK, &lk));
	ASK(fcntl(1, F_GETOWN));
	ASK(fcntl(77, F_GETOWN));
	ASK(flock(1, LOCK_EX));

	OK(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	ASK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	ASK(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	ASK(socket(AF_INET6, SOCK_SEQPACKET, 0));
	OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
	OK(socket(AF_NETLINK, SOCK_RAW, 0));
	ASK(socket(AF_NETLINK, SOCK_RAW, 15));
	ASK(socket(AF_PACKET, SOCK_RAW, 0));
	ASK(socketpair(AF_INET, SOCK_STREAM, 0, fds));
	ASK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));

	ASK(syscall(SYS_memfd_create, "m", 0));
	ASK(syscall(SYS_rseq, 0, 0, 0, 0));
	ASK(syscall(SYS_membarrier, 0, 0, 0));
	ASK(syscall(SYS_seccomp, 0, 0, 0));
	ASK(syscall(SYS_personality, 0xffffffff));
	ASK(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0));
	ASK(syscall(SYS_close_range, 50, 60, 0));
	ASK(syscall(SYS_getpriority, 0, 0));
	ASK(syscall(SYS_sched_getscheduler, 0));
	ASK(syscall(SYS_io_uring_enter, 77, 0, 0, 0, 0, 0));
	ASK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	ASK(prctl(12345, 0, 0, 0, 0));
	prctl(PR_SET_NAME, "renamed");
	memset(link, 0, sizeof link);
	ASK(prctl(PR_GET_NAME, link));
	printf("name: %s\n", link);
	ASK(chmod("/", 0700));
	ASK(mlockall(MCL_CURRENT));
	ASK(umask(0) & 0);

	ASK(getrlimit(RLIMIT_STACK, &r));
	printf("stack: %ld %d\n", (long)r.rlim_cur, r.rlim_max == RLIM_INFINITY);
	ASK(getrlimit(RLIMIT_NOFILE, &r));
	printf("nofile: %ld %ld\n", (long)r.rlim_cur, (long)r.rlim_max);
	ASK(getrlimit(RLIMIT_CORE, &r));
	printf("core: %ld\n", (long)r.rlim_cur);
	ASK(getrlimit(RLIMIT_NPROC, &r));
	r.rlim_cur = 64 << 20;
	r.rlim_max = RLIM_INFINITY;
	ASK(setrlimit(RLIMIT_STACK, &r));
	ASK(uname(&u));
	printf("sysname: %s machine: %s\n", u.sysname, u.machine);
	ASK(sysinfo(&si));
	printf("procs: %d unit: %d\n", si.procs, si.mem_unit);
	printf("cpus: %ld of %ld\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF));
	cpu_set_t set;
	ASK(sched_getaffinity(0, sizeof set, &set) * 0);
	printf("affinity: %d\n", CPU_COUNT(&set));

	for (unsigned long tag = 3; tag < 52; tag++) {
		errno = 0;
		unsigned long v = getauxval(tag);
		if (errno != ENOENT)
			printf("auxv %lu\n", tag);
	}

	const char *paths[] = {
		"/dev/null", "/dev/urandom", "/dev/random", "/dev/zero", "/dev/tty", "/dev/shm", "/dev/fd", "/dev/stdout",
		"/proc/self", "/proc/self/exe", "/proc/self/maps", "/proc/self/fd", "/proc/self/status", "/proc/meminfo", "/proc/mounts", "/proc/cpuinfo",
		"/proc/1", "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/cpu0", "/sys/devices/system/cpu/possible", "/sys/fs/cgroup",
		"/tmp", "/bin/sh", "/..",
	};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		printf("%s is %s\n", paths[i], file_type(paths[i]));
	show("/sys/devices/system/cpu/online");
	show("/proc/mounts");
	OK(open("/dev/null", O_RDWR));
	OK(write(open("/dev/null", O_WRONLY), "x", 1));
	OK(read(open("/dev/urandom", O_RDONLY), cwd, 16));
	OK(open("/nodir/new", O_CREAT | O_WRONLY, 0600));
	OK(mkdir("/newdir", 0700));
	OK(open("/newdir/new", O_CREAT | O_WRONLY, 0600));
	OK(link[0] && syscall(SYS_link, "/newdir/new", "/newdir/other") ? -1 : 0);
	FILE *f = fopen("/proc/self/maps", "r");
	int stack = 0, named = 0;
	while (f && fgets(cwd, sizeof cwd, f)) {
		stack += strstr(cwd, "[stack]") != NULL;
		named += strchr(cwd, '/') != NULL;
	}
	printf("maps: %d stack, %d named\n", stack, named);
	return 42;
}
