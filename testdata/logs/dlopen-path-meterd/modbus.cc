#include "driver.h"
#include <cmath>
struct Modbus : Driver { int n = 0; double sample() override { return 230.0 + std::sin(++n); } const char *id() const override { return "modbus-rtu"; } };
extern "C" Driver *driver_create() { return new Modbus; }
