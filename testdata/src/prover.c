/* Has the shape of a prover: a configuration file named by an argument and looked
 * up relative to the working directory, a parameter file on a volume, a variable. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int slurp(const char *what, const char *path)
{
	char buf[256];
	FILE *f = fopen(path, "r");
	if (!f) {
		fprintf(stderr, "cannot open %s %s: %s\n", what, path, strerror(errno));
		exit(4);
	}
	size_t n = fread(buf, 1, sizeof buf, f);
	fclose(f);
	return (int)n;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: prover CONFIG\n");
		return 2;
	}
	const char *dir = getenv("PARAM_DIR");
	if (!dir) {
		fprintf(stderr, "PARAM_DIR is not set\n");
		return 5;
	}
	char path[512];
	snprintf(path, sizeof path, "%s/proof.params", dir);
	int n = slurp("configuration", argv[1]) + slurp("parameters", path);
	printf("proved something with %d bytes\n", n);
	return 0;
}
