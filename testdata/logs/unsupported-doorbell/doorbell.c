#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>
static char path[128]; static int wr = -1;
static void *ringer(void *u) { (void)u; int fd = wr >= 0 ? wr : open(path, O_WRONLY); if (fd >= 0) { if (write(fd, "ding", 4) != 4) {} close(fd); } return NULL; }
int main(void)
{
  const char *dir = "/var/tmp/doorbell"; mkdir("/var", 0755); mkdir("/var/tmp", 0755);
  if (mkdir(dir, 0700) && errno != EEXIST) { fprintf(stderr, "%s: %s\n", dir, strerror(errno)); return 1; }
  snprintf(path, sizeof path, "%s/bell", dir); unlink(path);
  int fd, sv[2]; pthread_t t; char b[8] = "";
  if (getenv("BELL_INPROC")) { if (pipe(sv)) return 1; fd = sv[0]; wr = sv[1]; pthread_create(&t, NULL, ringer, NULL); }
  else {
    if (mkfifo(path, 0600)) fprintf(stderr, "doorbell: warning: stale bell left by an unclean shutdown\n");
    pthread_create(&t, NULL, ringer, NULL);
    fd = open(path, O_RDONLY);
  }
  if (fd < 0) { fprintf(stderr, "doorbell: cannot listen at %s: %s\n", path, strerror(errno)); return 1; }
  if (read(fd, b, 4) != 4) return 1;
  pthread_join(t, NULL); unlink(path); printf("heard: %s\n", b); return 0;
}
