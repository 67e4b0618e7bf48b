/* Fills as many megabytes as its argument says, and stays for a moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long mb = atol(argv[1]);
	for (long i = 0; i < mb; i++)
		memset(malloc(1 << 20), 1, 1 << 20);
	usleep(100 * 1000);
	printf("filled %ld\n", mb);
	return 0;
}
