/* Opens libraries in the ways in which they are opened. argv[1] is the directory that
 * holds them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <iconv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char dir[4096];
static void *(*ask)(const char *), *(*ask_deep)(const char *, int);

static const char *in(const char *name)
{
	char *path = malloc(8192); /* the program is short */
	snprintf(path, 8192, "%s/%s", dir, name);
	return path;
}

static void *must(void *p, const char *what)
{
	if (!p) {
		fprintf(stderr, "%s: %s\n", what, dlerror());
		exit(1);
	}
	return p;
}

static void *thread(void *unused)
{
	must(dlopen(in("thread.so"), RTLD_NOW), "thread");
	must(ask(in("thread-by-lib.so")), "thread-by-lib");
	return NULL;
}

/* Leaves return addresses into the library below the stack pointer. */
static __attribute__((noinline)) void *after_stale(const char *path)
{
	char room[512];
	must(ask_deep(in("deep.so"), 200), "deep");
	memset(room, 0, 16);
	void *p = dlopen(path, RTLD_NOW);
	__asm__ volatile("" : : "r"(room) : "memory");
	return p;
}

int main(int argc, char **argv)
{
	pthread_t t;
	snprintf(dir, sizeof dir, "%s", argv[1]);
	must(dlopen(in("direct.so"), RTLD_NOW), "direct");
	void *lib = must(dlopen(in("asker.so"), RTLD_NOW), "asker");
	ask = must(dlsym(lib, "ask"), "ask");
	ask_deep = must(dlsym(lib, "ask_deep"), "ask_deep");
	must(ask(in("by-lib.so")), "by-lib");
	must(after_stale(in("stale.so")), "stale");
	must(dlopen(in("needs.so"), RTLD_NOW), "needs");
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	if (dlopen(in("missing.so"), RTLD_NOW) || ask(in("missing-by-lib.so")))
		return 2;
	void *gone = must(dlopen(in("gone.so"), RTLD_NOW), "gone");
	dlclose(gone); /* what comes next is likely to get its place */
	void *again = must(dlopen(in("again.so"), RTLD_NOW), "again");
	must(((void *(*)(const char *))must(dlsym(again, "ask"), "ask"))(in("by-again.so")), "by-again");
	must(dlmopen(LM_ID_NEWLM, in("apart.so"), RTLD_NOW), "apart");
	FILE *f = fopen(in("read.so"), "r");
	must(f, "read");
	fclose(f);
	iconv_open("UTF-16", "ISO-8859-15");
	return 37;
}
