#include <algorithm>
#include <cstdint>
#include <future>
#include <iostream>
#include <unordered_map>
#include <vector>
static std::vector<uint64_t> kmers(uint64_t seed, size_t n) { std::vector<uint64_t> v(n); for (auto &x : v) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; x = seed; } return v; }
int main() {
  std::ios::sync_with_stdio(false);
  const size_t n = 4500000; std::vector<std::future<std::vector<uint64_t>>> f;
  for (int i = 0; i < 4; i++) f.push_back(std::async(std::launch::async, kmers, 88172645463325252ull + i, n));
  size_t total = 0; std::vector<uint64_t> all; all.reserve(4 * n);
  for (auto &x : f) { auto v = x.get(); all.insert(all.end(), v.begin(), v.end()); total += v.size(); std::cerr << "shard done, " << total << " k-mers so far\n"; }
  std::cerr << "minimum " << *std::min_element(all.begin(), all.end()) % 10 << "\n";
  std::cout << "assembled " << total << " k-mers" << std::endl;
}
