#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
static int give_up_root(uid_t u, gid_t g)
{
  uid_t r, e, s;
  if (setgroups(0, NULL)) return -1;
#ifdef SIMPLE_IDS
  return setgid(g) || setuid(u); (void)r; (void)e; (void)s;
#else
  if (setresgid(g, g, g)) return -2;
  if (setresuid(u, u, u)) return -3;
  return getresuid(&r, &e, &s) || r != u || s != u ? -4 : 0;
#endif
}
int main(void)
{
  puts("certwatch 0.9: watching 2 endpoints");
  int r = give_up_root(65534, 65534);
  if (r) { printf("certwatch: sandbox self-check %d failed, possible tampering\n", -r); return EXIT_FAILURE; }
  puts("certwatch: all certificates older than a day"); return 0;
}
