#include <cstdio>
extern "C" double geo_area(double);
int main() { std::printf("tile area %.3f km2\n", geo_area(2.5)); }
