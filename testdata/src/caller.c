/* A library that loads the plugin which its caller names. */
#include <dlfcn.h>
#include <stdio.h>

int load_backend(const char *name)
{
	void *h = dlopen(name, RTLD_NOW);
	if (!h) {
		fprintf(stderr, "cannot load the backend: %s\n", dlerror());
		return 3;
	}
	const char *(*say)(void) = (const char *(*)(void))dlsym(h, "plugin_say");
	printf("the backend says: %s\n", say());
	return 0;
}
