#include <string>
#include <cstdio>
extern "C" int lf_format(long cents, char *b, unsigned n) { return snprintf(b, n, "%ld.%02ld EUR", cents / 100, cents % 100); }
