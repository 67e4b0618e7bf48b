// escape tries ways out of a rehearsal, named by its arguments.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void report(const char *what, long r) {
	printf("%s: %s\n", what, r < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
}

static long int80(long nr) {
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	errno = (int)-r;
	return (int)r;
}

static void fill(char *p, long mb) {
	for (long i = 0; i < mb; i++) {
		memset(p + (i << 20), 1, 1 << 20);
		usleep(2000);
	}
	puts("filled");
	fflush(stdout);
	_exit(0);
}

static void *fill_heap(void *mb) {
	usleep(50000); // until the first thread is gone
	fill(malloc((long)mb << 20), (long)mb);
	return 0;
}

int main(int argc, char **argv) {
	const char *what = argv[1];
	long n = argc > 2 ? atol(argv[2]) : 0;
	if (!strcmp(what, "descriptor"))
		report(what, openat(n, ".", O_RDONLY));
	if (!strcmp(what, "int80"))
		report(what, int80(2)); // fork
	if (!strcmp(what, "tgkill"))
		report(what, syscall(SYS_tgkill, n, n, 0));
	if (!strcmp(what, "ignore")) {
		signal(SIGBUS, SIG_IGN);
		fill_heap((void *)n);
	}
	if (!strcmp(what, "thread")) {
		pthread_t t;
		pthread_create(&t, 0, fill_heap, (void *)n);
		syscall(SYS_exit, 0);
	}
	if (!strcmp(what, "shared"))
		fill(mmap(0, n << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), n);
}
