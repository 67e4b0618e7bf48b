/* Does to files what its arguments say, in order, and prints what came of it:
     append FILE   rename FILE NEW   unlink FILE   head FILE   list DIR   fill FILE   mode FILE   inode FILE */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long append(const char *p)
{
	int fd = open(p, O_WRONLY | O_APPEND | O_CREAT, 0600);
	return fd < 0 ? -1 : write(fd, "more", 4);
}

static long head(const char *p)
{
	char b[9] = "";
	int fd = open(p, O_RDONLY);
	if (fd < 0 || read(fd, b, 8) < 0)
		return -1;
	struct stat st;
	fstat(fd, &st);
	printf("%s size %ld ", b, (long)st.st_size);
	return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static long list(const char *p)
{
	char *names[100];
	int n = 0;
	DIR *d = opendir(p);
	struct dirent *e;
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && n < 100)
			names[n++] = strdup(e->d_name);
	qsort(names, n, sizeof *names, by_name);
	for (int i = 0; i < n; i++)
		printf("%s ", names[i]);
	return d ? 0 : -1;
}

static long fill(const char *p)
{
	static char mb[1 << 20];
	int fd = open(p, O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < 64; i++)
		if (write(fd, mb, sizeof mb) != sizeof mb)
			return -1;
	return 0;
}

static long mode(const char *p)
{
	struct stat st;
	if (stat(p, &st) < 0)
		return -1;
	printf("%o uid %d ", st.st_mode & 07777, st.st_uid);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *do_ = argv[i], *p = argv[i + 1];
		printf("%s %s: ", do_, p);
		errno = 0;
		long r = !strcmp(do_, "append") ? append(p) : !strcmp(do_, "head") ? head(p) : !strcmp(do_, "list") ? list(p)
			: !strcmp(do_, "unlink") ? unlink(p) : !strcmp(do_, "fill") ? fill(p) : !strcmp(do_, "mode") ? mode(p)
			: !strcmp(do_, "chdir") ? chdir(p) : rename(p, argv[++i + 1]);
		printf("%s\n", r < 0 ? strerrorname_np(errno) : "ok");
	}
	return 0;
}
