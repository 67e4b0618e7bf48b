// A failing open that the test counts: the last part says where it happened.
#ifndef MARKER_H
#define MARKER_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void marker(const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "/nonexistent/marker/%s", name);
	if (syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) >= 0)
		_exit(99);
}

static inline int is(int argc, char **argv, const char *mode)
{
	return argc > 1 && strcmp(argv[1], mode) == 0;
}
#endif
