/* beacon: periodic presence announcer; one emitter thread per channel, stopped by the supervisor */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

struct channel { const char *name; unsigned period_ms; unsigned long sent; pthread_t th; };
static struct channel chans[] = {
  {"alpha", 20, 0, 0}, {"bravo", 35, 0, 0}, {"carol", 50, 0, 0},
};
static pthread_mutex_t loglk = PTHREAD_MUTEX_INITIALIZER;

static void logmsg(const char *lvl, const char *fmt, const char *arg)
{
  struct timespec ts; clock_gettime(CLOCK_MONOTONIC, &ts);
  pthread_mutex_lock(&loglk);
  printf("%5ld.%03ld %-5s ", (long)ts.tv_sec % 100000, ts.tv_nsec / 1000000, lvl);
  printf(fmt, arg); putchar('\n'); fflush(stdout);
  pthread_mutex_unlock(&loglk);
}
static void cleanup(void *p) { struct channel *c = p; logmsg("DEBUG", "channel %s drained", c->name); }
static void *emitter(void *p)
{
  struct channel *c = p;
  pthread_cleanup_push(cleanup, c);
  for (;;) {
    struct timespec d = {0, c->period_ms * 1000000L};
    nanosleep(&d, NULL);
    c->sent++;
  }
  pthread_cleanup_pop(1);
  return NULL;
}
static void load_overrides(void)
{
  static const char *cand[] = {"/etc/beacon/beacon.conf", "/etc/beacon.conf", "beacon.local"};
  for (unsigned i = 0; i < 3; i++) {
    int fd = open(cand[i], O_RDONLY);
    if (fd >= 0) { logmsg("INFO", "overrides from %s", cand[i]); close(fd); return; }
  }
  logmsg("WARN", "no overrides (last tried %s), built-in periods", cand[2]);
}
int main(void)
{
  load_overrides();
  for (unsigned i = 0; i < 3; i++) {
    if (pthread_create(&chans[i].th, NULL, emitter, &chans[i])) { perror("beacon"); return 1; }
    logmsg("INFO", "channel %s up", chans[i].name);
  }
  usleep(200000);
  logmsg("INFO", "%s", "rotating channels");
  unsigned long total = 0;
  for (unsigned i = 0; i < 3; i++) { pthread_cancel(chans[i].th); }
  for (unsigned i = 0; i < 3; i++) { pthread_join(chans[i].th, NULL); total += chans[i].sent; }
  printf("announced %s on 3 channels, bye\n", total ? "frames" : "nothing");
  return total ? 0 : 3;
}
