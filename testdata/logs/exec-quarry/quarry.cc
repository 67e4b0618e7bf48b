#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>
#include <unistd.h>
extern char **environ;
// malloc tunables are read at startup only, hence the restart
static void pin_environment(char **argv) {
  if (getenv("QUARRY_PINNED")) return;
  setenv("QUARRY_PINNED", "1", 1); setenv("MALLOC_ARENA_MAX", "1", 1); setenv("TZ", "UTC", 1);
  execve("/proc/self/exe", argv, environ);
  std::cerr << "quarry: startup stage 1/2 did not complete: " << strerror(errno) << "\n";
  std::exit(127);
}
int main(int argc, char **argv) {
  std::ios_base::sync_with_stdio(false);
  pin_environment(argv);
  std::cout << "quarry: stage 2/2, arenas=" << getenv("MALLOC_ARENA_MAX") << "\n";
  std::vector<std::string> v(1000, "granite"); std::cout << "quarry: " << v.size() << " blocks cut\n";
}
