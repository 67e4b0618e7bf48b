#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>
struct Ep { const char *role; const char *var; int def; int fd; };
static int listen_on(Ep &e) {
  int port = getenv(e.var) ? atoi(getenv(e.var)) : e.def; sockaddr_in a{}; a.sin_family = AF_INET; a.sin_port = htons(port); a.sin_addr.s_addr = htonl(INADDR_ANY);
  e.fd = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(e.fd, (sockaddr *)&a, sizeof a) || listen(e.fd, 16)) return -errno;
  std::printf("dualport: %s ready\n", e.role); return 0;
}
int main() {
  std::vector<Ep> eps{{"public", "PUBLIC_PORT", 28433, -1}, {"metrics", "METRICS_PORT", 29433, -1}, {"admin", "ADMIN_PORT", 29434, -1}};
  for (auto &e : eps) if (int r = listen_on(e)) { std::printf("dualport: %s endpoint could not be published (code %d), shutting down\n", e.role, -r); return 1; }
  std::vector<std::thread> t; for (auto &e : eps) t.emplace_back([&] { shutdown(e.fd, SHUT_RDWR); close(e.fd); });
  for (auto &x : t) x.join();
  std::printf("dualport: drill finished, 3 endpoints were up\n");
}
