#include <sys/uio.h>
#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>
#pragma pack(push, 1)
struct Hdr { uint8_t ver, kind; uint16_t len; };
#pragma pack(pop)
class Bus {
  int fd[2];
public:
  Bus() { if (pipe(fd)) std::perror("pipe"); }
  bool post(uint8_t kind, const std::string &s) {
    Hdr h{2, kind, (uint16_t)s.size()};
#ifdef ONE_BUFFER
    std::string f((char *)&h, sizeof h); f += s; return write(fd[1], f.data(), f.size()) == (ssize_t)f.size();
#else
    iovec v[2] = {{&h, sizeof h}, {(void *)s.data(), s.size()}};
    return writev(fd[1], v, 2) > 0;
#endif
  }
  void done() { close(fd[1]); }
  static bool full(int f, void *p, size_t n) { char *c = (char *)p; while (n) { ssize_t r = read(f, c, n); if (r <= 0) return false; c += r; n -= r; } return true; }
  int drain() {
    int n = 0; Hdr h;
    while (full(fd[0], &h, sizeof h)) {
      if (h.ver != 2) { std::fprintf(stderr, "framebus: peer speaks protocol %u.%u, we need 2.x; upgrade the peer\n", h.ver, h.kind); return -1; }
      std::vector<char> b(h.len); if (!full(fd[0], b.data(), b.size())) return -2; n++;
    }
    return n;
  }
};
int main() {
  Bus b; int got = 0; std::thread rx([&] { got = b.drain(); });
  for (auto &s : std::vector<std::string>{"7 hello from producer", "3 brightness", "1 off now please"}) b.post('t', s);
  b.done(); rx.join();
  if (got != 3) { std::fprintf(stderr, "framebus: session ended (%d)\n", got); return 7; }
  std::printf("framebus: 3 frames in order\n");
}
