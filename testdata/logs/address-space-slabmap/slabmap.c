#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
/* one sparse window per tenant, so that a slot id maps to its address by arithmetic only */
#define WINDOW (8ull << 40)
int main(int argc, char **argv)
{
  int tenants = argc > 1 ? atoi(argv[1]) : 12, got = 0; char *w[32];
  for (int i = 0; i < tenants; i++) {
    w[i] = mmap(NULL, WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (w[i] == MAP_FAILED) { printf("tenant %d: out of RAM (%m)\n", i); break; }
    if (mprotect(w[i], 4096, PROT_READ | PROT_WRITE)) { perror("mprotect"); return 1; }
    w[i][0] = 1; got++;
  }
  printf("%d/%d tenants mapped\n", got, tenants);
  return got == tenants ? 0 : 8;
}
