#include <string.h>
int rt_export(const void *px, unsigned long n, char *name, unsigned long cap) { (void)px; strncpy(name, "ppm", cap); return (int)n + 15; }
