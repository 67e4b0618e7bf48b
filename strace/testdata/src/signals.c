// Signals reach the program as without a tracer, and job control still works.
#include "marker.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/epoll.h>
#include <time.h>

static volatile sig_atomic_t caught;
static sigjmp_buf back;

static void count(int sig) { caught++; }
static void jump(int sig)
{
	marker("handler");
	siglongjmp(back, 1);
}
static void *nothing(void *arg) { return NULL; }

static int epoll_fd, interrupted;
static void *polls(void *arg)
{
	struct epoll_event e;
	for (int i = 0; i < 40; i++)
		if (epoll_wait(epoll_fd, &e, 1, 5) < 0 && errno == EINTR)
			interrupted++;
	return NULL;
}

static int group_stop(void)
{
	int status;
	pid_t p = fork();
	if (p == 0) {
		marker("before stop");
		raise(SIGSTOP);
		marker("after stop");
		_exit(7);
	}
	alarm(20);
	if (waitpid(p, &status, WUNTRACED) != p || !WIFSTOPPED(status))
		return 91;
	usleep(50000);
	if (waitpid(p, &status, WNOHANG | WUNTRACED) != 0)
		return 92; // it did not stay stopped
	kill(p, SIGCONT);
	if (waitpid(p, &status, 0) != p)
		return 93;
	return WEXITSTATUS(status);
}

// A parent that watches for stopped children sees none while the child makes threads.
static int job_tree(void)
{
	int status;
	pid_t p = fork();
	if (p == 0) {
		for (int i = 0; i < 50; i++) {
			pthread_t t;
			pthread_create(&t, NULL, nothing, NULL);
			pthread_join(t, NULL);
		}
		_exit(7);
	}
	alarm(20);
	if (waitpid(p, &status, WUNTRACED) != p)
		return 91;
	return WIFSTOPPED(status) ? 92 : WEXITSTATUS(status);
}

static int no_eintr(void)
{
	pthread_t poller, t;
	epoll_fd = epoll_create1(0);
	pthread_create(&poller, NULL, polls, NULL);
	for (int i = 0; i < 100; i++) {
		pthread_create(&t, NULL, nothing, NULL);
		pthread_join(t, NULL);
	}
	pthread_join(poller, NULL);
	return interrupted ? 91 : 7;
}

// A timer interrupts a loop of failing opens; every one of them is seen once.
static int storm(void)
{
	struct sigaction sa = {.sa_handler = count, .sa_flags = SA_RESTART};
	struct itimerspec every = {{0, 100000}, {0, 100000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	timer_t timer;
	sigaction(SIGALRM, &sa, NULL);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &every, NULL);
	for (int i = 0; i < 2000; i++)
		marker("storm");
	return 7;
}

int main(int argc, char **argv)
{
	if (is(argc, argv, "exit"))
		return 42;
	if (is(argc, argv, "kill"))
		kill(getpid(), SIGKILL);
	if (is(argc, argv, "abort"))
		abort();
	if (is(argc, argv, "fault"))
		*(volatile int *)8 = 1;
	if (is(argc, argv, "handled")) {
		signal(SIGSEGV, jump);
		if (!sigsetjmp(back, 1))
			*(volatile int *)8 = 1;
		return 5;
	}
	if (is(argc, argv, "trap")) {
		signal(SIGTRAP, count);
		raise(SIGTRAP);
		__asm__ volatile("int3");
		return caught == 2 ? 5 : 6;
	}
	if (is(argc, argv, "groupstop"))
		return group_stop();
	if (is(argc, argv, "jobtree"))
		return job_tree();
	if (is(argc, argv, "eintr"))
		return no_eintr();
	if (is(argc, argv, "storm"))
		return storm();
	if (is(argc, argv, "sleep"))
		for (;;)
			pause();
	if (is(argc, argv, "tree")) { // a tree of sleepers, one of them stopped
		if (fork() == 0) {
			setsid();
			fork();
			for (;;)
				pause();
		}
		if (fork() == 0)
			raise(SIGSTOP);
		marker("tree");
		for (;;)
			pause();
	}
	return 2;
}
