#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>
struct Chamber { std::mutex m; int level; };
static Chamber upper{{}, 9}, lower{{}, 2};
static void move(Chamber &a, Chamber &b, int d) {
#ifdef ORDERED
  std::scoped_lock g(a.m, b.m);
#else
  std::lock_guard<std::mutex> g(a.m); std::this_thread::sleep_for(std::chrono::milliseconds(50)); std::lock_guard<std::mutex> h(b.m);
#endif
  a.level -= d; b.level += d;
}
int main() {
  std::cout << "lockmaster: 2 vessels waiting" << std::endl;
  std::thread down([] { move(upper, lower, 3); }), up([] { move(lower, upper, 1); });
  down.join(); up.join();
  std::cout << "lockmaster: levels " << upper.level << "/" << lower.level << std::endl;
}
