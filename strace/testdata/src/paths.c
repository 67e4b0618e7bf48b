// Paths as the tracer has to read and resolve them. argv[2] is a directory to work in.
#include "marker.h"
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static void probe(const char *path) { syscall(SYS_openat, AT_FDCWD, path, O_RDONLY); }

int main(int argc, char **argv)
{
	if (argc > 2 && chdir(argv[2]))
		return 1;
	if (is(argc, argv, "relative")) {
		mkdir("sub", 0755);
		mkdir("other", 0755);
		int dir = open("sub", O_RDONLY | O_DIRECTORY);
		probe("a");
		syscall(SYS_openat, dir, "b", O_RDONLY);
		chdir("sub");
		probe("c");
		fchdir(dir);
		probe("../other/./d");
		pid_t p = fork();
		if (p == 0) {
			chdir("../other");
			probe("e");
			_exit(0);
		}
		waitpid(p, NULL, 0);
		probe("f");
		rename("g", "../other/h");
		symlinkat("target", dir, "link");
		return 25;
	}
	if (is(argc, argv, "memory")) { // strings at the edge of what can be read
		char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(page + 4096, 4096);
		strcpy(page + 4096 - sizeof "/nonexistent/edge", "/nonexistent/edge");
		probe(page + 4096 - sizeof "/nonexistent/edge");
		page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		strcpy(page + 4090, "/nonexistent/crossing");
		probe(page + 4090);
		probe((char *)8);
		char *longest = malloc(5000);
		memset(longest, 'x', 4999);
		longest[0] = '/', longest[4999] = 0;
		probe(longest);
		longest[3000] = 0;
		probe(longest);
		return 26;
	}
	if (is(argc, argv, "calls")) { // one of each kind
		struct stat st;
		struct statx sx;
		struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
		char text[64];
		close(open("file", O_CREAT | O_WRONLY, 0640));
		truncate("file", 1234);
		stat("file", &st);
		statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &sx);
		fstat(0, &st);
		access("file", R_OK);
		syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how);
		symlink("file", "link");
		readlink("link", text, sizeof text);
		link("file", "hard");
		unlink("hard");
		mkdir("dir", 0755);
		rmdir("dir");
		return 27;
	}
	if (is(argc, argv, "repeat")) { // the same request, whose outcome changes twice
		char path[4096 + 8];
		strcat(getcwd(path, 4096), "/file");
		for (int i = 0; i < 600; i++) {
			if (i == 200)
				close(open(path, O_CREAT | O_WRONLY, 0600));
			if (i == 400)
				unlink(path);
			int fd = open(path, O_RDONLY);
			if (fd >= 0)
				close(fd);
		}
		return 29;
	}
	if (is(argc, argv, "hidden")) { // memory that an unprivileged tracer may not read
		prctl(PR_SET_DUMPABLE, 0);
		probe("/nonexistent/hidden");
		return 28;
	}
	return 2;
}
