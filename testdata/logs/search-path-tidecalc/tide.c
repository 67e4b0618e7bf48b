#include <math.h>
double tide_height(double h, int station) { return 1.7 * cos(h * 0.5059 + station) + 0.6 * cos(h * 0.5236) ; }
int tide_abi(void) { return 4; }
