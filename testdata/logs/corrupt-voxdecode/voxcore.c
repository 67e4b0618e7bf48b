#include <stdint.h>
int vox_decode(const uint8_t *in, int n, int16_t *out) { for (int i = 0; i < n; i++) out[i] = (int16_t)((in[i] - 128) << 8); return n; }
