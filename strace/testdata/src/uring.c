// Sets up io_uring, through which files can be opened without a system call.
#include "marker.h"
#include <linux/io_uring.h>

int main(void)
{
	struct io_uring_params p = {0};
	syscall(SYS_io_uring_setup, 4, &p);
	return 5;
}
