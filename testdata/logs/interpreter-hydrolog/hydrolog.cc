#include <iostream>
#include <map>
#include <string>
int main() { std::map<std::string, double> g{{"kaub", 1.92}, {"worms", 2.31}, {"speyer", 3.05}}; double s = 0; for (auto &p : g) s += p.second; std::cout << "gauges " << g.size() << " mean " << s / g.size() << std::endl; }
