/* Reads data.txt from the directory that its own file lies in. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char self[PATH_MAX] = {0}, name[PATH_MAX + 16], line[80];
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) {
		perror("/proc/self/exe");
		return 1;
	}
	snprintf(name, sizeof name, "%s/data.txt", dirname(self));
	FILE *f = fopen(name, "r");
	if (!f || !fgets(line, sizeof line, f)) {
		perror(name);
		return 1;
	}
	printf("read %s", line);
	return 0;
}
