#include <sys/stat.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

/* interlocks are maintained by the maintenance crew as marker files; content is irrelevant */
static const struct { const char *mark; int required; const char *what; } lock[] = {
  {"/var/lib/kiln/interlock/override", 0, "override"},
  {"/var/lib/kiln/interlock/door.closed", 1, "door"},
  {"/var/lib/kiln/interlock/vent.open", 1, "vent"},
};
static int ok[3];
static void *watch(void *p)
{
  long i = (long)p;
  for (int tries = 0; tries < 3 && !ok[i]; tries++) { ok[i] = access(lock[i].mark, F_OK) == 0; if (!ok[i]) usleep(1000); }
  return NULL;
}
int main(void)
{
  pthread_t t[3]; struct stat st;
  for (long i = 0; i < 3; i++) pthread_create(&t[i], NULL, watch, (void *)i);
  for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
  printf("kilnctl: setpoint 1040 C, %s profile\n", stat("/var/lib/kiln/profile.custom", &st) ? "factory" : "custom");
  for (int i = 0; i < 3; i++) if (lock[i].required && !ok[i] && !ok[0]) { printf("kilnctl: ABORT - sensor %s reports unsafe\n", lock[i].what); return 20; }
  printf("kilnctl: firing\n");
  return 0;
}
