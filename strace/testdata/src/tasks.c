// Processes and threads of every kind, and the orders in which they can end.
#include "marker.h"
#include <linux/sched.h>
#include <pthread.h>
#include <spawn.h>

extern char **environ;

static void *nothing(void *arg) { return NULL; }
static void *busy(void *arg)
{
	for (;;)
		syscall(SYS_getppid);
}
static void *outlives(void *arg)
{
	usleep(50000);
	marker("after leader");
	exit(33);
}
static void *opens(void *arg)
{
	for (int i = 0; i < 20; i++)
		marker("thread");
	return NULL;
}
static volatile int done;
static void *asks(void *arg)
{
	while (!done)
		access("/nonexistent/done", F_OK);
	return NULL;
}
static void *works(void *arg)
{
	for (int i = 0; i < 20; i++)
		marker("work");
	done = 1;
	return NULL;
}
static void *forks(void *arg)
{
	for (;;)
		if (fork() == 0)
			_exit(0);
}
static int child(void *arg)
{
	marker("child");
	_exit(open("/dev/null", O_RDONLY) >= 0 ? 0 : errno);
}
static int status_of(pid_t p)
{
	int status;
	if (p < 0 || waitpid(p, &status, 0) != p)
		return 97;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 96;
}

int main(int argc, char **argv)
{
	pthread_t t[16];
	if (is(argc, argv, "vfork")) {
		pid_t p = vfork();
		if (p == 0) {
			execl("/bin/true", "true", NULL);
			_exit(127);
		}
		int s = status_of(p);
		marker("parent");
		return s == 0 ? 8 : s;
	}
	if (is(argc, argv, "spawn")) {
		pid_t p;
		char *args[] = {"true", NULL};
		if (posix_spawn(&p, "/bin/true", NULL, NULL, args, environ))
			return 1;
		int s = status_of(p);
		marker("parent");
		return s == 0 ? 8 : s;
	}
	if (is(argc, argv, "forks")) {
		for (int i = 0; i < 50; i++) {
			pid_t p = fork();
			if (p == 0) {
				marker("child");
				_exit(0);
			}
			if (status_of(p))
				return 1;
		}
		return 8;
	}
	if (is(argc, argv, "untraced") || is(argc, argv, "untraced3")) {
		int s;
		if (argv[1][8] == '3') {
			struct clone_args a = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
			pid_t p = syscall(SYS_clone3, &a, sizeof a);
			if (p == 0)
				child(NULL);
			s = status_of(p);
		} else {
			char *stack = malloc(65536);
			s = status_of(clone(child, stack + 65536, CLONE_UNTRACED | SIGCHLD, NULL));
		}
		return s == 0 ? 19 : s;
	}
	if (is(argc, argv, "leaderexit")) {
		pthread_create(t, NULL, outlives, NULL);
		pthread_exit(NULL);
	}
	if (is(argc, argv, "exitgroup")) {
		for (int i = 0; i < 8; i++)
			pthread_create(t, NULL, busy, NULL);
		usleep(20000);
		_exit(31);
	}
	if (is(argc, argv, "churn")) {
		for (int round = 0; round < 100; round++) {
			for (int i = 0; i < 16; i++)
				if (pthread_create(t + i, NULL, nothing, NULL))
					return 3;
			for (int i = 0; i < 16; i++)
				pthread_join(t[i], NULL);
		}
		return 17;
	}
	if (is(argc, argv, "threadopen")) {
		for (int i = 0; i < 16; i++)
			pthread_create(t + i, NULL, opens, NULL);
		for (int i = 0; i < 16; i++)
			pthread_join(t[i], NULL);
		return 18;
	}
	if (is(argc, argv, "starve")) { // some ask all the time for what another has to do first
		for (int i = 0; i < 6; i++)
			pthread_create(t + i, NULL, asks, NULL);
		pthread_create(t + 6, NULL, works, NULL);
		for (int i = 0; i < 7; i++)
			pthread_join(t[i], NULL);
		return 14;
	}
	if (is(argc, argv, "orphans")) { // makers that are killed while they make processes
		for (int i = 0; i < 20; i++) {
			pid_t p = fork();
			if (p == 0) {
				signal(SIGCHLD, SIG_IGN);
				pthread_create(t, NULL, forks, NULL);
				pthread_create(t, NULL, forks, NULL);
				usleep(2000 + 100 * i);
				if (i & 1)
					_exit(0);
				pause();
			}
			usleep(4000);
			kill(p, SIGKILL);
			waitpid(p, NULL, 0);
		}
		return 13;
	}
	if (is(argc, argv, "daemon")) {
		if (fork())
			_exit(22);
		setsid();
		if (fork())
			_exit(0);
		usleep(100000);
		marker("daemon");
		_exit(0);
	}
	if (is(argc, argv, "setuid")) {
		if (setgid(65534) || setuid(65534))
			return 1;
		marker("unprivileged");
		return 9;
	}
	return 2;
}
