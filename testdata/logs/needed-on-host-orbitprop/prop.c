#include <math.h>
double eph_mu(void);
double prop_period(double a) { return 2 * M_PI * sqrt(a * a * a / eph_mu()); }
