#include <dlfcn.h>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>
static std::ostream &log(const char *l) { auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); return std::cerr << '[' << ms / 1000 % 86400 << '.' << std::setw(3) << std::setfill('0') << ms % 1000 << "] [feed] [" << l << "] "; }
int main() {
  log("info") << "quotefeed starting, 1 venue configured\n";
  void *h = nullptr; int delay = 5;
  for (int attempt = 1; attempt <= 4 && !h; attempt++) {
    h = dlopen("/opt/quotefeed/venues/feed_nyx.so", RTLD_NOW);
    if (!h) { log("warning") << "venue nyx: handshake failed (attempt " << attempt << "/4), retry in " << delay << " ms\n"; std::this_thread::sleep_for(std::chrono::milliseconds(delay)); delay *= 2; }
  }
  if (!h) { log("critical") << "venue nyx: giving up, exchange unreachable\n"; return 33; }
  char b[64]; ((int (*)(char *, unsigned))dlsym(h, "feed_symbol"))(b, sizeof b);
  log("info") << "first quote " << b << '\n';
}
