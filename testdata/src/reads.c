/* Prints the first line of the file it is given, or of data.txt. */
#include <stdio.h>

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "data.txt";
	char line[80];
	FILE *f = fopen(name, "r");
	if (!f || !fgets(line, sizeof line, f)) {
		perror(name);
		return 1;
	}
	printf("read %s", line);
	return 0;
}
