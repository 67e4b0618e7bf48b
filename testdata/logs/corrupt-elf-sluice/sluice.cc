#include <array>
#include <iostream>
#include <numeric>
#include <vector>
static std::array<int, 60000> table = [] { std::array<int, 60000> t{}; t[0] = 3; return t; }();
static int seed_[90000] = {5, 6, 7};
int main() { std::vector<int> v(table.begin(), table.end()); std::cout << "flow " << std::accumulate(v.begin(), v.end(), seed_[1]) << " l/s\n"; }
