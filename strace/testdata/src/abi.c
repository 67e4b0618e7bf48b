// Calls that do not go through the native 64-bit entry.
#include "marker.h"
#include <sys/mman.h>

int main(int argc, char **argv)
{
	if (is(argc, argv, "int80")) { // open is number 5 there, fstat here
		long r;
		char *path = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		strcpy(path, "/nonexistent/marker/int80");
		__asm__ volatile("int $0x80" : "=a"(r) : "a"(5), "b"(path), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
		return r == -ENOENT ? 15 : 16;
	}
	if (is(argc, argv, "x32")) {
		syscall(0x40000000 | SYS_openat, AT_FDCWD, "/nonexistent/marker/x32", 0, 0);
		return 15;
	}
	if (is(argc, argv, "unknown"))
		return syscall(100000) == -1 && errno == ENOSYS ? 15 : 16;
	return 2;
}
