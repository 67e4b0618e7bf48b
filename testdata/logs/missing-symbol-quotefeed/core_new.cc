#include <string>
namespace qf { int tick_scale() { return 100; } std::string normalize(const std::string &s, bool upper) { std::string r = s; if (upper) for (auto &c : r) c = toupper(c); return r; } }
