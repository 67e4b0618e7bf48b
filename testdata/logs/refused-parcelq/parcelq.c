#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static int dial(const char *host, int port, int tries)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)}; inet_pton(AF_INET, host, &a.sin_addr);
  for (int i = 1; i <= tries; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!connect(fd, (struct sockaddr *)&a, sizeof a)) return fd;
    int e = errno; close(fd); printf("broker not ready (%d/%d, os error %d)\n", i, tries, e); fflush(stdout); usleep(30000);
  }
  return -1;
}
int main(void)
{
  const char *h = getenv("BROKER_HOST"); char b[64] = "";
  if (getenv("BROKER_HOST")) sleep(2);
  int fd = dial(h ? h : "127.0.0.1", 26390, 3);
  if (fd < 0) { puts("parcelq: queue lost, 0 parcels processed"); return 3; }
  if (write(fd, "PULL\r\n", 6) != 6) return 4;
  ssize_t n = read(fd, b, sizeof b - 1); if (n <= 0) return 5;
  b[strcspn(b, "\r\n")] = 0; printf("parcelq: got %s\n", b); close(fd); return 0;
}
