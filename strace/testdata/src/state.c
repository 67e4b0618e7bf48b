// Prints what a process inherits, so that two ways of starting it can be compared.
#include "marker.h"
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

extern char **environ;

int main(int argc, char **argv)
{
	char text[4096];
	for (int i = 0; i < argc; i++)
		printf("arg %s\n", argv[i]);
	for (char **e = environ; *e; e++)
		printf("env %s\n", *e);
	printf("cwd %s\n", getcwd(text, sizeof text));
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit r;
		if (getrlimit(i, &r) == 0)
			printf("limit %d %lx %lx\n", i, (long)r.rlim_cur, (long)r.rlim_max);
	}
	for (int s = 1; s < NSIG; s++) {
		struct sigaction sa;
		if (sigaction(s, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			printf("signal %d ignored %d\n", s, sa.sa_handler == SIG_IGN);
	}
	sigset_t mask;
	sigprocmask(0, NULL, &mask);
	for (int s = 1; s < NSIG; s++)
		if (sigismember(&mask, s) == 1)
			printf("blocked %d\n", s);
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("fd %d flags %x\n", fd, fcntl(fd, F_GETFL));
	int death;
	prctl(PR_GET_PDEATHSIG, &death);
	printf("pgrp %d session %d uid %d gid %d umask %o nice %d death %d\n", getpgrp() == getpgid(getppid()), getsid(0) == getsid(getppid()),
	       getuid(), getgid(), umask(0), getpriority(PRIO_PROCESS, 0), death);
	return 0;
}
