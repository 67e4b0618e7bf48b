// Calls a function of a plugin that it closed.
#include <dlfcn.h>
int main(int argc, char **argv) {
	(void)argv;
	void *h = dlopen("/plugins/libcrash.so", RTLD_NOW);
	long (*f)(const long *, int) = (long (*)(const long *, int))dlsym(h, "library_sum");
	dlclose(h);
	return (int)f((const long *)argv, 0) + 1;
}
