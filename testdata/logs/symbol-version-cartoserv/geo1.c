double geo_area(double a) { return a * a; }
