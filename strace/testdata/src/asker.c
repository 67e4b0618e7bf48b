/* A library that opens others; built again under other names it is what they are. */
#include <dlfcn.h>
#include <stddef.h>

void *ask(const char *path)
{
	void *p = dlopen(path, RTLD_NOW);
	__asm__ volatile("" : : "r"(p) : "memory"); /* no tail call */
	return p;
}

void *ask_deep(const char *path, int depth)
{
	void *p = depth ? ask_deep(path, depth - 1) : dlopen(path, RTLD_NOW);
	__asm__ volatile("" : : "r"(p) : "memory");
	return p;
}
