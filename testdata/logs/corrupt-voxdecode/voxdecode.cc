#include <dlfcn.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <stdexcept>
#include <string>
#include <vector>
class Engine {
  int (*dec)(const uint8_t *, int, int16_t *);
public:
  explicit Engine(const std::string &dir) {
    void *h = dlopen((dir + "/libvoxcore.so").c_str(), RTLD_LAZY | RTLD_GLOBAL);
    if (!h) throw std::runtime_error(std::string("engine: ") + dlerror());
    dec = (decltype(dec))dlsym(h, "vox_decode");
  }
  size_t run(const std::vector<uint8_t> &v) { std::vector<int16_t> o(v.size()); return dec(v.data(), v.size(), o.data()); }
};
int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("voxdecode 1.9.2 (glibc), 16 kHz mono\n");
  Engine e("/usr/lib/voxdecode");
  std::printf("decoded %zu samples\n", e.run(std::vector<uint8_t>(3200, 140)));
}
