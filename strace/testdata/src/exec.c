// A thread that is not the leader executes a program, which then runs under the
// leader's id: while the leader sleeps in a call, and while it is in user space.
#include "marker.h"
#include <pthread.h>

static volatile int forever = 1;

static void *executes(void *arg)
{
	usleep(20000);
	marker("before");
	execl("/proc/self/exe", "exec", "after", NULL);
	_exit(98);
}

static void *sleeps(void *arg)
{
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	pthread_t a, b;
	if (is(argc, argv, "after")) {
		marker("after");
		return 21;
	}
	if (is(argc, argv, "missing")) {
		execl("/nonexistent/marker/program", "program", NULL);
		return errno == ENOENT ? 22 : 1;
	}
	pthread_create(&a, NULL, sleeps, NULL);
	pthread_create(&b, NULL, executes, NULL);
	if (is(argc, argv, "spin"))
		while (forever)
			;
	sleeps(NULL);
}
