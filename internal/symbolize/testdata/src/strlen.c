// Hands NULL to libc.
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) static int length(const char *name) {
	return (int)strlen(getenv(name)) + 1;
}
int main(int argc, char **argv) {
	(void)argv;
	(void)argc;
	return length("NO_SUCH_VARIABLE") + 1;
}
