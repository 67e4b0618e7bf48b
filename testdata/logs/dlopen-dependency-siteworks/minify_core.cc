#include <string>
#include <cctype>
namespace minify { std::string squeeze(const std::string &s) { std::string o; bool sp = false; for (unsigned char c : s) { if (isspace(c)) { sp = true; continue; } if (sp && !o.empty()) o += ' '; sp = false; o += (char)c; } return o; } }
