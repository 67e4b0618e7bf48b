#include "scope.h"
#include <dlfcn.h>
#include <cstdio>
#include <filesystem>
#include <set>
#include <algorithm>
namespace fs = std::filesystem;
static int load_all(Host &h, const fs::path &dir) {
  std::error_code ec; int n = 0; std::set<fs::path> sorted;
  for (auto it = fs::directory_iterator(dir, ec); !ec && it != fs::directory_iterator(); it.increment(ec)) if (it->path().extension() == ".so") sorted.insert(it->path());
  for (auto &p : sorted) if (void *l = dlopen(p.c_str(), RTLD_NOW)) if (auto f = (void (*)(Host &))dlsym(l, "scope_register")) { f(h); n++; }
  return n;
}
int main(int argc, char **argv) {
  Host h; std::string kind = argc > 1 ? argv[1] : "pcm"; int n = 0;
  for (const char *d : {"/etc/scopeview/plugins", "/usr/local/lib/scopeview/sources"}) n += load_all(h, d);
  std::printf("[scopeview] theme=dark sources=%d\n", n);
  h.add("flat", [](const char *, std::vector<float> &o) { o.assign(10, 0.f); return true; });
  auto it = h.src.find(kind);
  std::vector<float> v;
  if (it == h.src.end()) { std::printf("[scopeview] '%s' not in {", kind.c_str()); for (auto &s : h.src) std::printf(" %s", s.first.c_str()); std::printf(" }, nothing to draw\n"); return 2; }
  it->second("default", v);
  std::printf("[scopeview] drew %zu points, peak %.2f\n", v.size(), *std::max_element(v.begin(), v.end()));
}
