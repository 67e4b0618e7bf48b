#include <cpuid.h>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>
struct Req { const char *tag; bool have; bool must; };
int main() {
  __builtin_cpu_init();
  std::vector<Req> r{{"SSE4.2", (bool)__builtin_cpu_supports("sse4.2"), true}, {"AVX2", (bool)__builtin_cpu_supports("avx2"), true}, {"VBMI2", (bool)__builtin_cpu_supports("avx512vbmi2"), true}, {"AMX", false, false}};
  int missing = 0; std::string have;
  for (auto &x : r) { if (x.have) have += std::string(" ") + x.tag; else if (x.must) missing++; else std::printf("lidarfuse: (optional unit %s absent, ok)\n", x.tag); }
  std::printf("lidarfuse: units:%s\n", have.c_str());
  if (missing) { std::printf("lidarfuse: this appliance image is meant for model LF-300 hardware\n"); return 38; }
  std::printf("lidarfuse: fused 0 frames, idle\n");
}
