// Opens argv[1] forty times as root and forty times as somebody who may not.
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv) {
	int ok = 0;
	for (int i = 0; i < 80; i++) {
		if (i == 40 && setresuid(65534, 65534, 65534))
			return 1;
		int fd = open(argv[1], O_RDONLY);
		ok += fd >= 0;
		close(fd);
	}
	return ok == 40 ? 0 : 2;
}
