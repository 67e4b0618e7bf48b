#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>
using Menu = std::map<std::string, std::vector<std::string>>;
static int depth(const Menu &m, const std::string &n, std::string trail) {
  int best = 0; trail += "/" + n;
  for (auto &c : m.at(n)) best = std::max(best, depth(m, c, trail.substr(trail.size() > 40 ? trail.size() - 40 : 0)));
  return best + 1;
}
static Menu parse(const std::string &txt) {
  Menu m; std::istringstream i(txt); std::string l;
  while (std::getline(i, l)) { std::istringstream w(l); std::string k, c; w >> k; m[k]; while (w >> c) { m[k].push_back(c); m[c]; } }
  return m;
}
int main() {
  std::string cfg = "root file edit\nfile open recent\nrecent more\nmore " MORE "\n";
  Menu m = parse(cfg); std::cout << "menuparse: " << m.size() << " entries" << std::endl;
  std::cout << "menuparse: depth " << depth(m, "root", "") << std::endl;
}
