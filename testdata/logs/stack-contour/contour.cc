#include <cmath>
#include <cstdio>
#include <cstdlib>
// marching squares over a height field; scratch grids are automatic to keep the hot loop allocation free
template <int W, int H> struct Grid { float v[H][W]; };
static double trace_levels(int levels) {
  Grid<1024, 900> h; Grid<512, 450> mark; double len = 0;
  for (int y = 0; y < 900; y++) for (int x = 0; x < 1024; x++) h.v[y][x] = std::sin(x * .01f) * std::cos(y * .013f);
  for (int y = 0; y < 450; y++) for (int x = 0; x < 512; x++) mark.v[y][x] = 0;
  for (int l = 0; l < levels; l++) { float z = -1 + 2.f * l / levels; for (int y = 0; y < 899; y++) for (int x = 0; x < 1023; x++) if ((h.v[y][x] < z) != (h.v[y][x + 1] < z)) { len++; mark.v[y / 2][x / 2]++; } }
  return len + mark.v[0][0] * 0;
}
int main(int argc, char **argv) {
  int levels = argc > 1 ? std::atoi(argv[1]) : 4;
  std::printf("contour: loading elevation model\n"); std::fflush(stdout);
  std::printf("contour: %d levels, total length %.0f cells\n", levels, trace_levels(levels));
}
