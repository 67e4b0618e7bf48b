// Calls what dlsym found in a library that could not be loaded.
#include <dlfcn.h>
__attribute__((noinline)) static int start(int n) {
	void *h = dlopen("libmissing_backend.so.3", RTLD_NOW);
	int (*f)(int) = (int (*)(int))dlsym(h, "backend_start");
	return f(n) + 1;
}
int main(int argc, char **argv) {
	(void)argv;
	return start(argc) + 1;
}
