/* The programs that bench/trace/run.sh measures, in one.
 *
 *	workload MODE COUNT [FILE]
 *
 * start    nothing: what it costs to start and end
 * calls    COUNT calls of getppid, which no tracer of files cares for
 * threads  the same, shared by eight threads that never open a file
 * read     COUNT reads of one byte
 * open     COUNT opens, every second of a file that does not exist
 * churn    COUNT threads, one after the other
 * fork     COUNT processes, each executing this program
 * prove    COUNT rounds of arithmetic by eight threads that wait for each other,
 *          with the memory traffic of a prover
 * dlopen   COUNT times dlopen and dlclose of FILE
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8 };

static long count;
static const char *file, *self;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void start(void) {}

static void many_calls(long n)
{
	while (n-- > 0)
		syscall(SYS_getppid);
}

static void calls(void) { many_calls(count); }

static void *share_of_calls(void *unused)
{
	many_calls(count / THREADS);
	return NULL;
}

static void in_threads(void *(*work)(void *))
{
	pthread_t t[THREADS];
	for (intptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, work, (void *)i))
			die("pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

static void threads(void) { in_threads(share_of_calls); }

static void reads(void)
{
	char c;
	int fd = open("/dev/zero", O_RDONLY);
	for (long i = 0; i < count; i++)
		if (read(fd, &c, 1) != 1)
			die("read");
}

static void opens(void)
{
	for (long i = 0; i < count; i++) {
		int fd = open(i % 2 ? "/nonexistent/configuration" : "/etc/passwd", O_RDONLY);
		if (fd >= 0)
			close(fd);
	}
}

static void *nothing(void *unused) { return NULL; }

static void churn(void)
{
	for (long i = 0; i < count; i++) {
		pthread_t t;
		if (pthread_create(&t, NULL, nothing, NULL))
			die("pthread_create");
		pthread_join(t, NULL);
	}
}

static void forks(void)
{
	for (long i = 0; i < count; i++) {
		pid_t p = fork();
		if (p < 0)
			die("fork");
		if (!p) {
			execl(self, self, "start", "1", NULL);
			_exit(1);
		}
		int status;
		if (waitpid(p, &status, 0) != p || status)
			die("waitpid");
	}
}

static pthread_barrier_t together;

static void *prover(void *number)
{
	enum { BLOCK = 1 << 20, PAGE = 4096 };
	uint64_t x = (uintptr_t)number * 2 + 1;
	char *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		die("mmap");
	for (long r = 0; r < count; r++) {
		for (int i = 0; i < 100000; i++)
			x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
		for (int i = 0; i < 8; i++)
			block[(x >> 8 * i) % (BLOCK / PAGE) * PAGE] = x;
		if (r % 4 == 3)
			madvise(block, BLOCK, MADV_DONTNEED);
		if (r % 8 == 7) {
			char *extra = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			extra[0] = x;
			munmap(extra, 16 * PAGE);
		}
		pthread_barrier_wait(&together);
	}
	return NULL;
}

static void prove(void)
{
	pthread_barrier_init(&together, NULL, THREADS);
	in_threads(prover);
}

static void dlopens(void)
{
	for (long i = 0; i < count; i++) {
		void *p = dlopen(file, RTLD_NOW);
		if (!p) {
			fprintf(stderr, "%s\n", dlerror());
			exit(1);
		}
		dlclose(p);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{"start", start}, {"calls", calls}, {"threads", threads}, {"read", reads}, {"open", opens},
	{"churn", churn}, {"fork", forks}, {"prove", prove}, {"dlopen", dlopens},
};

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc < 3)
		return 2;
	count = atol(argv[2]);
	file = argc > 3 ? argv[3] : "";
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(argv[1], modes[i].name)) {
			modes[i].run();
			return 0;
		}
	return 2;
}
