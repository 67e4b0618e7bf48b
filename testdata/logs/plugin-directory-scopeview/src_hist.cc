#include "scope.h"
static bool hist(const char *, std::vector<float> &o) { o.assign(16, 1.f); return true; }
extern "C" void scope_register(Host &h) { h.add("hist", hist); }
