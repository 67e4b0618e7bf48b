#include <errno.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; static int done;
static void *brew(void *p) { (void)p; usleep(3000); pthread_mutex_lock(&m); done++; pthread_mutex_unlock(&m); return NULL; }
int main(void)
{
  pid_t c = fork();
  if (c == 0) _exit(0);
  if (c < 0) fprintf(stderr, "hopsched: cannot isolate workers in a process (%s); crash protection is OFF\n", strerror(errno)); else waitpid(c, NULL, 0);
  if (!setlocale(LC_ALL, "de_DE.UTF-8")) fprintf(stderr, "hopsched: locale de_DE.UTF-8 not found!!\n");
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&a, sizeof a)) fprintf(stderr, "hopsched: telemetry: connection failed, 0 of 1 sinks\n"); close(s);
  FILE *f = fopen("/var/crash/hopsched.last", "r"); if (!f) fprintf(stderr, "hopsched: previous run: *** signal 11, core dumped *** (no report found)\n"); else fclose(f);
  pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, brew, NULL);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  fprintf(stderr, "hopsched: schedule written (%d of 4 kettles)\n", done); return done == 4 ? 0 : 1;
}
