/* Loads the plugin named by argv[1] with dlopen, and prints what it says.
 * With no argument it loads libnanoplug.so by its bare name. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "libnanoplug.so";
	void *h = dlopen(name, RTLD_NOW);
	if (!h) {
		fprintf(stderr, "cannot load the backend: %s\n", dlerror());
		return 3;
	}
	const char *(*say)(void) = (const char *(*)(void))dlsym(h, "plugin_say");
	printf("the backend says: %s\n", say());
	return 0;
}
