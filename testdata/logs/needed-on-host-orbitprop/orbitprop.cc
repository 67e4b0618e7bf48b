#include <cstdio>
#include <cstdlib>
extern "C" double prop_period(double);
int main(int c, char **v) { double a = c > 1 ? atof(v[1]) : 6778; std::printf("a=%.0f km  T=%.1f min\n", a, prop_period(a) / 60); return 0; }
