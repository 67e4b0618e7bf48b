#include <string>
namespace qf { int tick_scale() { return 100; } std::string normalize(const std::string &s) { return s; } }
