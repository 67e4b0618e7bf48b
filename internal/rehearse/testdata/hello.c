/* The least program that shows what it was given: an argument, the environment, the
   directory, and an exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char cwd[4096];
	const char *greeting = getenv("GREETING");
	printf("%s %s from %s\n", greeting ? greeting : "(none)", argc > 1 ? argv[1] : "nobody", getcwd(cwd, sizeof cwd));
	return 3;
}
