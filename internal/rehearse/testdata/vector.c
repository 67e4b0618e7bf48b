/* Vectored i/o on a pipe. */
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void)
{
	int p[2];
	char a[5] = "----", b[5] = "----";
	struct iovec out[2] = {{"HEAD", 4}, {"BODY", 4}}, in[2] = {{a, 4}, {b, 4}};
	pipe(p);
	printf("wrote %zd", writev(p[1], out, 2));
	printf(" and %zd", writev(p[1], out, 1));
	write(p[1], "12345678", 8);
	printf(" read %zd", readv(p[0], in, 2));
	printf(" %s %s\n", a, b);
	return 0;
}
