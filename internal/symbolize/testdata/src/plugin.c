// Crashes in a plugin that it loads by path.
#include <dlfcn.h>
int main(int argc, char **argv) {
	(void)argv;
	void *h = dlopen("/plugins/libcrash.so", RTLD_NOW);
	long (*f)(const long *, int) = (long (*)(const long *, int))dlsym(h, "library_sum");
	return (int)f((const long *)8, argc) + 1;
}
