// A program that needs the first file it is given, and reads the second one only if
// it is there.
#include <stdio.h>

int main(int argc, char **argv) {
	FILE *f = fopen(argv[1], "r");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	fopen(argv[2], "r");
	puts("needed no more");
	return 0;
}
