// Touches a page of a mapped file behind the file's end.
#include <fcntl.h>
#include <sys/mman.h>
__attribute__((noinline)) static int touch(volatile char *p) {
	return p[3 * 4096];
}
int main(int argc, char **argv) {
	(void)argc;
	int fd = open("/data.bin", O_RDONLY);
	return touch(mmap(0, 4 * 4096, PROT_READ, MAP_PRIVATE, fd, 0));
}
