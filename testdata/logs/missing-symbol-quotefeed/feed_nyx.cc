#include <string>
namespace qf { int tick_scale(); std::string normalize(const std::string &, bool); }
extern "C" int feed_symbol(char *b, unsigned n) { auto s = qf::normalize("nyx.aa", true); snprintf(b, n, "%s/%d", s.c_str(), qf::tick_scale()); return 0; }
