#include "driver.h"
#include <dlfcn.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
#include <sys/stat.h>

namespace {
std::mutex io;
void out(char sev, const char *file, int line, const char *fmt, ...) {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  long us = std::chrono::duration_cast<std::chrono::microseconds>(now).count() % 1000000;
  time_t t = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  struct tm tm; gmtime_r(&t, &tm);
  char b[512]; va_list ap; va_start(ap, fmt); vsnprintf(b, sizeof b, fmt, ap); va_end(ap);
  std::lock_guard<std::mutex> g(io);
  fprintf(stderr, "%c%02d%02d %02d:%02d:%02d.%06ld %5d %s:%d] %s\n", sev, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, us, 2, file, line, b);
}
#define I(...) out('I', "meterd.cc", __LINE__, __VA_ARGS__)
#define W(...) out('W', "meterd.cc", __LINE__, __VA_ARGS__)
#define E(...) out('E', "meterd.cc", __LINE__, __VA_ARGS__)

struct Port { std::string name, driver; int samples; };
template <class T> class Chan {
  std::deque<T> q; std::mutex m; std::condition_variable c; bool closed = false;
public:
  void put(T v) { { std::lock_guard<std::mutex> g(m); q.push_back(std::move(v)); } c.notify_one(); }
  void close() { { std::lock_guard<std::mutex> g(m); closed = true; } c.notify_all(); }
  bool get(T &v) { std::unique_lock<std::mutex> g(m); c.wait(g, [&] { return closed || !q.empty(); }); if (q.empty()) return false; v = std::move(q.front()); q.pop_front(); return true; }
};
struct Reading { std::string port; double v; };

std::vector<Port> parse(const char *path) {
  std::vector<Port> v; std::ifstream f(path); std::string line;
  if (!f) { W("no port table at %s, using factory table", path); v.push_back({"grid", "modbus", 6}); v.push_back({"sim0", "builtin", 4}); return v; }
  while (std::getline(f, line)) { if (line.empty() || line[0] == '#') continue; std::istringstream s(line); Port p; if (s >> p.name >> p.driver >> p.samples) v.push_back(p); }
  return v;
}
struct Builtin : Driver { double sample() override { return 1.0; } const char *id() const override { return "sim"; } };

Driver *attach(const Port &p) {
  if (p.driver == "builtin") return new Builtin;
  const char *root = getenv("METERD_DRIVERS"); if (!root) root = "/opt/meterd/lib/drivers";
  for (const char *flavour : {".avx.so", ".so"}) {
    std::string so = std::string(root) + "/" + p.driver + flavour;
    if (void *h = dlopen(so.c_str(), RTLD_NOW | RTLD_LOCAL))
      if (auto f = reinterpret_cast<driver_create_fn>(dlsym(h, "driver_create"))) return f();
  }
  return nullptr;
}
}
int main(int argc, char **argv) {
  auto ports = parse("/etc/meterd/ports.tab");
  struct stat st; if (stat("/var/lib/meterd/calibration.bin", &st)) W("calibration data not present; readings are uncorrected");
  Chan<Reading> ch; std::atomic<int> live{0}, dead{0};
  std::vector<std::thread> pool;
  for (auto &p : ports) pool.emplace_back([&, p] {
    pthread_setname_np(pthread_self(), p.name.c_str());
    Driver *d = attach(p);
    if (!d) { E("port %s: line does not answer (check wiring / baud rate)", p.name.c_str()); dead++; return; }
    I("port %s: attached to %s", p.name.c_str(), d->id()); live++;
    for (int i = 0; i < p.samples; i++) ch.put({p.name, d->sample()});
    delete d;
  });
  std::thread sink([&] { Reading r; int n = 0; double s = 0; while (ch.get(r)) { n++; s += r.v; } I("sink: %d readings, mean %.1f", n, n ? s / n : 0.0); });
  for (auto &t : pool) t.join();
  ch.close(); sink.join();
  if (dead) { E("%d of %zu ports dead, refusing to publish partial totals", dead.load(), ports.size()); return 74; }
  I("published totals of %d ports", live.load());
  return 0;
}
