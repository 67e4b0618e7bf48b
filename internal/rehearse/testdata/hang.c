/* Says that it is there, and waits for ever. */
#include <unistd.h>

int main(void)
{
	write(1, "waiting\n", 8);
	for (;;)
		pause();
}
