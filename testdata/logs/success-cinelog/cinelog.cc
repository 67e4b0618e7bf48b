#include <dlfcn.h>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
// Film log converter. Effects come from plugins where installed; built-ins cover the rest.
struct Effect { virtual ~Effect() = default; virtual double apply(double v) const = 0; };
struct Gain : Effect { double apply(double v) const override { return v * 1.25; } };
struct Lift : Effect { double apply(double v) const override { return v + .02; } };
class Rack {
  std::map<std::string, std::unique_ptr<Effect>> fx; std::vector<std::string> errs;
public:
  bool plugin(const std::string &so) {
    void *h = dlopen(so.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!h) { errs.emplace_back(dlerror()); std::fprintf(stderr, "[E] plugin load failed: %s\n", errs.back().c_str()); return false; }
    return dlsym(h, "cinelog_effect") != nullptr;
  }
  void builtin() { fx["gain"] = std::make_unique<Gain>(); fx["lift"] = std::make_unique<Lift>(); }
  double run(double v) const { for (auto &p : fx) v = p.second->apply(v); return v; }
  size_t failures() const { return errs.size(); }
};
int main() {
  Rack r;
  for (const char *p : {"/usr/lib/cinelog/denoise_cuda.so", "libOpenFX.so.1", "/usr/lib/cinelog/grain.so"}) r.plugin(p);
  std::fprintf(stderr, "[W] %zu plugins unusable, output will differ from the reference grade!\n", r.failures());
  r.builtin(); std::ifstream lut("/usr/share/cinelog/default.cube");
  if (!lut) std::fprintf(stderr, "[E] default.cube: cannot open, identity LUT\n");
  std::vector<double> f(96, .5); std::mutex m; double sum = 0; std::vector<std::thread> t;
  for (int k = 0; k < 3; k++) t.emplace_back([&, k] { double s = 0; for (size_t i = k; i < f.size(); i += 3) s += r.run(f[i]); std::lock_guard<std::mutex> g(m); sum += s; });
  for (auto &x : t) x.join();
  std::printf("[I] graded %zu frames, mean %.4f\n[I] done\n", f.size(), sum / f.size());
}
