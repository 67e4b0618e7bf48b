// A program that works now and then: by the clock, one run of two needs the file that
// it is given.
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	FILE *f = fopen(argv[1], "r");
	if (!f && t.tv_nsec / 1000 % 2) {
		perror(argv[1]);
		return 1;
	}
	puts("worked this time");
	return 0;
}
