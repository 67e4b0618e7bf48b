/* Calls dlopen for each argument, "m:NAME" from the program itself and "l:NAME" from
   the library caller.c, and prints what is loaded afterwards. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

void *open_from_library(const char *name);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 2;
		void *h = argv[i][0] == 'l' ? open_from_library(name) : dlopen(name, RTLD_LAZY);
		printf("## %s\n", h ? "ok" : dlerror());
		for (struct link_map *m = _r_debug.r_map; m; m = m->l_next)
			printf("map %s\n", m->l_name);
	}
	return 0;
}
