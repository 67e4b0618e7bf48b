#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static int in[2], out[2]; static const char *stage;
static void *feeder(void *u) { char b[512]; memset(b, 'r', sizeof b); for (int i = 0; i < 8; i++) if (write(in[0], b, sizeof b) < 0) break; close(in[0]); return u; }
static long pump(int from, int to)
{
  long total = 0;
#ifdef COPY_LOOP
  char b[1024]; ssize_t n; while ((n = read(from, b, sizeof b)) > 0) { if (write(to, b, n) != n) return -1; total += n; } return total;
#else
  int pfd[2]; if (pipe(pfd)) return -1;
  for (;;) {
    stage = "ingress"; ssize_t n = splice(from, NULL, pfd[1], NULL, 4096, SPLICE_F_MOVE);
    if (n < 0) return -1;
    if (n == 0) return total;
    stage = "egress"; while (n > 0) { ssize_t m = splice(pfd[0], NULL, to, NULL, n, SPLICE_F_MOVE); if (m <= 0) return -1; n -= m; total += m; }
  }
#endif
}
int main(void)
{
  pthread_t t; if (socketpair(AF_UNIX, SOCK_STREAM, 0, in) || socketpair(AF_UNIX, SOCK_STREAM, 0, out)) { perror("socketpair"); return 1; }
  pthread_create(&t, NULL, feeder, NULL);
  long n = pump(in[1], out[0]);
  if (n != 4096) { printf("relayd: connection reset by client at %s after %ld bytes\n", stage ? stage : "?", n < 0 ? 0 : n); pthread_join(t, NULL); return 104; }
  pthread_join(t, NULL); printf("relayd: relayed %ld bytes\n", n); return 0;
}
