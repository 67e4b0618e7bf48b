// A program that needs the variable BENCH_TOKEN and says so.
#include <stdio.h>
#include <stdlib.h>

int main(void) {
	if (!getenv("BENCH_TOKEN")) {
		fprintf(stderr, "environment variable BENCH_TOKEN is not set\n");
		return 1;
	}
	puts("token there");
	return 0;
}
