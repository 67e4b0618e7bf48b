#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(void) { int l[] = {44, 12, 31, 8, 27}; char b[64]; time_t t = 86400 * 365; strftime(b, sizeof b, "%d %b", gmtime(&t)); qsort(l, 5, sizeof *l, cmp); printf("median level %d cm (%s)\n", l[2], b); return 0; }
