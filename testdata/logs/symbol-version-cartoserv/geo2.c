double geo_area_1(double a) { return a * a; }
double geo_area_2(double a) { return a * a * 0.99; }
__asm__(".symver geo_area_1,geo_area@GEO_1.0");
__asm__(".symver geo_area_2,geo_area@@GEO_1.4");
