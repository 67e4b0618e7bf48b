#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <time.h>
static int peer(const char *path) { FILE *f = fopen(path, "r"); int p = 0; if (f) { if (fscanf(f, "%d", &p) != 1) p = 0; fclose(f); } return p; }
int main(int argc, char **argv)
{
  const char *pf = "/srv/apps/standby/run/primary.pid";
  int solo = getenv("STANDBY_SOLO") != NULL, p = peer(pf);
  if (peer("/run/standby.pid") > 0) { fprintf(stderr, "already running\n"); return 1; }
  printf("standby: primary is registered as %d\n", p > 0 ? 1 : 0); fflush(stdout);
  if (!solo && kill(p, 0) != 0) {
    for (int i = 0; i < 3; i++) { struct timespec d = {0, 20000000}; nanosleep(&d, NULL); if (!kill(p, 0)) break; if (i == 2) { fprintf(stderr, "standby: split brain suspected, standing down\n"); return 85; } }
  }
  printf("standby: in sync, waiting for takeover orders\n");
  return 0;
}
