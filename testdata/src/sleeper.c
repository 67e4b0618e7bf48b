/* A server: says that it is up, and stays. */
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	puts("listening");
	fflush(stdout);
	for (;;)
		pause();
}
