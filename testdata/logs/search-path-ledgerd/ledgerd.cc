#include <dlfcn.h>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <future>
#include <numeric>
#include <string>
#include <vector>
// JSON lines on stdout, as the collector wants them
static void js(const char *level, const std::string &ev, const std::string &kv = "") {
  printf("{\"ts\":%ld,\"level\":\"%s\",\"svc\":\"ledgerd\",\"event\":\"%s\"%s%s}\n", (long)time(nullptr), level, ev.c_str(), kv.empty() ? "" : ",", kv.c_str());
  fflush(stdout);
}
struct Formatter { void *h = nullptr; int (*f)(long, char *, unsigned) = nullptr; };
static Formatter load() {
  Formatter r;
  for (const char *n : {"libledgerfmt-fast.so.1", "libledgerfmt.so.1"}) {
    r.h = dlopen(n, RTLD_NOW);
    if (!r.h) { js("debug", "formatter_probe", std::string("\"candidate\":\"") + (n + 3) + "\""); continue; }
    r.f = (decltype(r.f))dlsym(r.h, "lf_format"); if (r.f) break;
  }
  return r;
}
int main() {
  js("info", "start", "\"rev\":\"c41d0e2\"");
  auto fmt = std::async(std::launch::async, load);
  std::vector<long> book(500); std::iota(book.begin(), book.end(), 1);
  auto sum = std::async(std::launch::async, [&] { return std::accumulate(book.begin(), book.end(), 0L); });
  Formatter f = fmt.get(); long total = sum.get();
  if (!f.f) { js("error", "book_not_balanced", "\"entries\":500,\"reason\":\"locale data unavailable\""); return 5; }
  char b[64]; f.f(total, b, sizeof b);
  js("info", "balanced", std::string("\"total\":\"") + b + "\"");
  return 0;
}
