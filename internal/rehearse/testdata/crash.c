/* Ends as its argument says. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int deep(int n)
{
	volatile char page[4096];
	page[0] = n;
	return n == 0 ? 0 : deep(n - 1) + page[0];
}

int main(int argc, char **argv)
{
	puts("before the crash");
	if (!strcmp(argv[1], "abort"))
		abort();
	if (!strcmp(argv[1], "null"))
		*(volatile int *)0 = 1;
	if (!strcmp(argv[1], "stack")) /* 4 MB: more than Nanos's stack, less than Linux's */
		return deep(1024) & 1;
	return 0;
}
