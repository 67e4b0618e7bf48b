// Writes to files in every way that leaves a size behind. argv[1] is a directory with
// old.dat (100 bytes) and log.dat (10 bytes).
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char block[1000];

static int make(const char *name, int flags) {
	int fd = open(name, flags, 0600);
	if (fd < 0) { perror(name); exit(1); }
	return fd;
}
static void put(int fd, int n) { if (write(fd, block, n) != n) exit(2); }

int main(int argc, char **argv) {
	if (chdir(argv[1])) return 1;
	int fd = make("new.dat", O_WRONLY | O_CREAT | O_EXCL);
	put(fd, 1000); put(fd, 500); close(fd);

	fd = make("log.dat", O_WRONLY | O_APPEND);
	put(fd, 90); close(fd);

	fd = make("old.dat", O_RDWR | O_TRUNC);
	put(fd, 40); close(fd);

	fd = make("part.tmp", O_WRONLY | O_CREAT | O_TRUNC);
	put(fd, 700); close(fd);
	rename("part.tmp", "final.dat");

	fd = make("gone.tmp", O_WRONLY | O_CREAT);
	put(fd, 800); close(fd);
	unlink("gone.tmp");

	fd = make("open.tmp", O_RDWR | O_CREAT);
	unlink("open.tmp");
	put(fd, 900); // stays open

	fd = make("map.dat", O_RDWR | O_CREAT);
	if (ftruncate(fd, 4096)) return 3;
	char *m = mmap(0, 4096, PROT_WRITE, MAP_SHARED, fd, 0);
	memset(m, 1, 4096);

	fd = make(".", O_TMPFILE | O_RDWR);
	put(fd, 600);

	mkdir("work", 0700);
	fd = make("work/a", O_WRONLY | O_CREAT); put(fd, 30); close(fd);
	rename("work", "done");

	if (fork() == 0) {
		fd = make("child.dat", O_WRONLY | O_CREAT); put(fd, 77); close(fd);
		_exit(0);
	}
	close(make("log.dat", O_RDONLY));
	int status;
	while (wait(&status) > 0) ;
	return 0;
}
