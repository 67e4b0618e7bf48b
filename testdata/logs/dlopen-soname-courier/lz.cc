#include <cstddef>
#include <cstdint>
extern "C" int clz_version() { return 204; }
extern "C" size_t clz_pack(const uint8_t *in, size_t n, uint8_t *out) {
  size_t o = 0;
  for (size_t i = 0; i < n;) { size_t r = 1; while (i + r < n && r < 255 && in[i + r] == in[i]) r++; out[o++] = (uint8_t)r; out[o++] = in[i]; i += r; }
  return o;
}
