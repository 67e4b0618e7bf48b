#include <stdio.h>
#include <stdlib.h>
double tide_height(double, int); int tide_abi(void);
int main(int argc, char **argv)
{
  int st = argc > 1 ? atoi(argv[1]) : 1;
  printf("# station %d, libtide ABI %d\n", st, tide_abi());
  double hi = -9; int at = 0;
  for (int h = 0; h < 24; h++) { double v = tide_height(h, st); if (v > hi) { hi = v; at = h; } }
  printf("high water %02d:00 %+.2f m\n", at, hi);
  return 0;
}
