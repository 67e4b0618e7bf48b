/* Ends with status 3, wherever it runs. */
#include <stdio.h>
int main(void)
{
	puts("giving up");
	return 3;
}
