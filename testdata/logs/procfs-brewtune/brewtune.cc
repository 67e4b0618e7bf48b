#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <unistd.h>
struct Cpu { std::string model; long cacheKb = 0; int threads = 0; };
static Cpu inspect() {
  Cpu c; std::ifstream f("/proc/cpuinfo"); std::string l; static const std::regex kv(R"(^([^\t:]+)\s*:\s*(.*)$)"); std::smatch m;
  while (std::getline(f, l)) if (std::regex_match(l, m, kv)) {
    if (m[1] == "processor") c.threads++;
    else if (m[1] == "model name") c.model = m[2];
    else if (m[1] == "cache size") c.cacheKb = std::atol(m[2].str().c_str());
  }
  return c;
}
int main() {
  for (auto p : {"/etc/brewtune/profile.json", "/var/cache/brewtune/last.json"}) if (access(p, R_OK)) std::clog << "brewtune: " << p << " absent, profiling from scratch\n";
  Cpu c = inspect();
  long blockKb = std::min(c.cacheKb / 2, 4096L);
  std::clog << "brewtune: cpu='" << c.model << "' L3=" << c.cacheKb << "K block=" << blockKb << "K\n";
  if (blockKb < 16) { std::clog << "brewtune: ERROR licence does not cover this processor model\n"; return 40; }
  std::cout << "tuned for " << (c.threads ? "this" : "no") << " machine, block size chosen" << std::endl;
}
