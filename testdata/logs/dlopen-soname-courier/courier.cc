// courier - packs spool entries for shipping
#include <dlfcn.h>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using bytes = std::vector<uint8_t>;
struct Codec { virtual ~Codec() = default; virtual bytes pack(const bytes &) = 0; };
struct Store : Codec { bytes pack(const bytes &b) override { return b; } };
class SharedCodec : public Codec {
  using fn = size_t (*)(const uint8_t *, size_t, uint8_t *);
  std::unique_ptr<void, int (*)(void *)> h; fn f;
public:
  SharedCodec(const char *so, const char *sym) : h(dlopen(so, RTLD_LAZY), [](void *p) { return p ? dlclose(p) : 0; }), f(nullptr) {
    if (!h) throw std::invalid_argument("method not compiled in");
    f = reinterpret_cast<fn>(dlsym(h.get(), sym));
    if (!f) throw std::invalid_argument("method too old");
  }
  bytes pack(const bytes &b) override { bytes o(b.size() * 2 + 8); o.resize(f(b.data(), b.size(), o.data())); return o; }
};
class Registry {
  std::map<std::string, std::function<std::unique_ptr<Codec>()>> m;
public:
  Registry() {
    m["store"] = [] { return std::make_unique<Store>(); };
    m["clz2"] = [] { return std::make_unique<SharedCodec>("libcourierlz.so.2", "clz_pack"); };
    m["zx"] = [] { return std::make_unique<SharedCodec>("libcourierzx.so.1", "zx_pack"); };
  }
  std::unique_ptr<Codec> get(const std::string &n) {
    auto it = m.find(n);
    if (it == m.end()) throw std::out_of_range("unknown method " + n);
    try { return it->second(); }
    catch (...) { std::throw_with_nested(std::runtime_error("cannot ship with method '" + n + "'")); }
  }
};
static void chain(const std::exception &e, int d = 0) {
  std::cerr << std::string(d * 2, ' ') << (d ? "caused by: " : "courier: fatal: ") << e.what() << '\n';
  try { std::rethrow_if_nested(e); } catch (const std::exception &n) { chain(n, d + 1); } catch (...) {}
}
int main() {
  try {
    Registry r;
    std::unique_ptr<Codec> best;
    try { best = r.get("zx"); std::cout << "using zx\n"; }
    catch (const std::exception &) { std::cout << "note: zx unavailable, staying with clz2\n"; best = r.get("clz2"); }
    bytes in(4096, 'a'); for (size_t i = 0; i < in.size(); i += 37) in[i] = 'b';
    bytes out; std::thread t([&] { out = best->pack(in); }); t.join();
    std::cout << "shipped 1 parcel: " << in.size() << " -> " << out.size() << " bytes\n";
  } catch (const std::exception &e) { chain(e); return 12; }
}
