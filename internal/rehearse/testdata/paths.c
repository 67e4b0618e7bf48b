/* Walks through the ways of naming a file, and prints what comes of each. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void say(const char *what, long ret)
{
	if (ret < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: ok\n", what);
}

static void head(const char *what, int dir, const char *path, int flags)
{
	char b[64];
	int fd = openat(dir, path, flags, 0666);
	if (fd < 0) {
		say(what, fd);
		return;
	}
	long n = read(fd, b, sizeof b - 1);
	b[n < 0 ? 0 : n] = 0;
	b[strcspn(b, "\n")] = 0;
	printf("%s: %s\n", what, n < 0 ? "unreadable" : b);
	close(fd);
}

static void cwd(void)
{
	char b[4096];
	printf("cwd: %s\n", getcwd(b, sizeof b) ? b : strerrorname_np(errno));
}

static void target(const char *path)
{
	char b[4096];
	ssize_t n = readlink(path, b, sizeof b - 1);
	b[n < 0 ? 0 : n] = 0;
	printf("link %s: %s\n", path, n < 0 ? strerrorname_np(errno) : b);
}

static void list(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	printf("list %s:", path);
	for (int i = 0; i < n; i++)
		printf(" %s", names[i]->d_name);
	printf("%s\n", n < 0 ? strerrorname_np(errno) : "");
}

static void *many(void *arg)
{
	long missing = 0;
	for (int i = 0; i < 200; i++) {
		struct stat st;
		if (stat(i % 2 ? "/data/small" : "/data/large", &st) < 0)
			missing++;
	}
	return (void *)missing;
}

int main(int argc, char **argv)
{
	struct stat st;
	char b[512];
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("argv %s, %d environment, random %s, secure %s\n", argv[0], !!getenv("ONLY"), getauxval(AT_RANDOM) ? "yes" : "no",
	       getauxval(AT_EXECFN) ? "yes" : "no");
	int n = 0;
	for (char **e = environ; *e; e++)
		n++;
	printf("%d variables\n", n);
	target("/proc/self/exe");
	cwd();
	list("/");
	list("/data");
	head("small", AT_FDCWD, "/data/small", O_RDONLY);
	head("large", AT_FDCWD, "/data/large", O_RDONLY);
	head("host", AT_FDCWD, "/etc/hostname", O_RDONLY);
	head("escape", AT_FDCWD, "/../../../../../../data/../../data/small", O_RDONLY);
	head("missing, then up", AT_FDCWD, "/nowhere/../data/small", O_RDONLY);
	head("file, then up", AT_FDCWD, "/data/small/../small", O_RDONLY);
	head("file as directory", AT_FDCWD, "/data/small/", O_RDONLY);
	head("absolute link", AT_FDCWD, "/links/absolute", O_RDONLY);
	head("relative link", AT_FDCWD, "/links/relative", O_RDONLY);
	head("link up and out", AT_FDCWD, "/links/out", O_RDONLY);
	head("loop", AT_FDCWD, "/links/loop", O_RDONLY);
	head("through a link to a directory", AT_FDCWD, "/links/dir/large", O_RDONLY);
	head("no follow", AT_FDCWD, "/links/absolute", O_RDONLY | O_NOFOLLOW);
	head("create exclusively on a link", AT_FDCWD, "/links/absolute", O_RDWR | O_CREAT | O_EXCL);
	head("create through a dangling link", AT_FDCWD, "/links/dangling", O_RDWR | O_CREAT);
	list("/made");
	target("/links/absolute");
	target("/data/small");
	say("lstat link", lstat("/links/loop", &st));
	say("stat loop", stat("/links/loop", &st));
	say("empty path", stat("", &st));
	say("stat large", stat("/data/large", &st));
	printf("size %ld, a link: %d\n", (long)st.st_size, S_ISLNK(st.st_mode));
	say("null path", stat(NULL, &st));

	say("chdir", chdir("/links/dir"));
	cwd();
	head("relative", AT_FDCWD, "small", O_RDONLY);
	head("relative up", AT_FDCWD, "../data/large", O_RDONLY);
	head("relative out", AT_FDCWD, "../../../../etc/hostname", O_RDONLY);
	int dir = open("/links", O_RDONLY | O_DIRECTORY);
	head("dirfd", dir, "relative", O_RDONLY);
	head("dirfd up", dir, "../data/small", O_RDONLY);
	head("dirfd absolute", dir, "/data/large", O_RDONLY);
	head("bad dirfd", 99, "small", O_RDONLY);
	head("bad dirfd absolute", 99, "/data/small", O_RDONLY);
	int file = open("/data/small", O_RDONLY);
	head("file as dirfd", file, "x", O_RDONLY);
	say("fchdir", fchdir(dir));
	cwd();
	say("getcwd, small buffer", getcwd(b, 2) ? 0 : -1);

	say("mkdir", mkdir("/made/d", 0777));
	say("mkdir again", mkdir("/made/d", 0777));
	say("rename directory", rename("/data", "/moved"));
	list("/");
	head("moved", AT_FDCWD, "/moved/large", O_RDONLY);
	say("rename back", rename("/moved", "/data"));
	say("symlink", symlink("/data/small", "/made/l"));
	head("new link", AT_FDCWD, "/made/l", O_RDONLY);
	target("/made/l");
	say("link", link("/data/large", "/made/hard"));
	head("hard link", AT_FDCWD, "/made/hard", O_RDONLY);
	int fd = open("/data/large", O_WRONLY);
	say("write", write(fd, "WRITTEN\n", 8));
	close(fd);
	head("written", AT_FDCWD, "/data/large", O_RDONLY);
	say("unlink", unlink("/data/second"));
	head("unlinked", AT_FDCWD, "/data/second", O_RDONLY);
	head("created anew", AT_FDCWD, "/data/second", O_RDWR | O_CREAT);
	say("truncate", truncate("/data/third", 3));
	head("truncated", AT_FDCWD, "/data/third", O_RDONLY);
	say("access for writing", access("/data/fourth", W_OK | R_OK | X_OK));
	say("access missing", access("/data/nothing", F_OK));
	say("write to /dev/null", open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666));
	say("device", stat("/dev/null", &st));
	printf("device: %d\n", S_ISCHR(st.st_mode));

	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/made/socket"};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	say("bind", bind(server, (struct sockaddr *)&a, sizeof a));
	say("listen", listen(server, 1));
	say("connect", connect(client, (struct sockaddr *)&a, sizeof a));
	list("/made");
	strcpy(a.sun_path, "/run/nothing");
	say("connect to nobody", connect(client, (struct sockaddr *)&a, sizeof a));

	pthread_t t[24];
	long missing = 0;
	for (int i = 0; i < 24; i++)
		pthread_create(&t[i], NULL, many, NULL);
	for (int i = 0; i < 24; i++) {
		void *r;
		pthread_join(t[i], &r);
		missing += (long)r;
	}
	printf("threads missed %ld files\n", missing);
	memset(b, 'a', sizeof b);
	return 21;
}
