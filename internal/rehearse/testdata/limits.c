/* Asks for more than Linux gives and Nanos does not refuse. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	char *huge = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	printf("huge pages: %s\n", huge == MAP_FAILED ? strerrorname_np(errno) : "ok");
	if (huge != MAP_FAILED)
		huge[1 << 20] = 1;
	void *vast = mmap(NULL, 4L << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("4 TB: %s\n", vast == MAP_FAILED ? strerrorname_np(errno) : "ok");
	int n = 0;
	while (n < 30000 && dup(1) >= 0)
		n++;
	printf("descriptors: %s\n", n == 30000 ? "ok" : strerrorname_np(errno));
	return 0;
}
