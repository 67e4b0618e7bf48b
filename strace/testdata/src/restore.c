/* Opens a path that is no path unless its first byte is passed over, and ends with
 * status 7 if the call succeeds and left its arguments alone. */
#include <fcntl.h>
#include <sys/syscall.h>

int main(void)
{
	static const char path[] = "!/dev/null";
	register long dir asm("rdi") = AT_FDCWD;
	register const char *name asm("rsi") = path;
	register long flags asm("rdx") = O_RDONLY;
	long ret = SYS_openat;
	asm volatile("syscall" : "+a"(ret), "+r"(dir), "+r"(name), "+r"(flags) : : "rcx", "r11", "memory");
	if (ret < 0)
		return 1;
	return name == path && dir == AT_FDCWD && flags == O_RDONLY ? 7 : 2;
}
