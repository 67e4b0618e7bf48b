// siteworks: static site pipeline. Stages are shared objects named in site.yaml; pages flow through them on a pool.
#include "stage.h"
#include <dlfcn.h>
#include <yaml-cpp/yaml.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>
using namespace siteworks;
namespace {
class Log {
  std::mutex m; std::chrono::steady_clock::time_point t0 = std::chrono::steady_clock::now();
public:
  void operator()(const char *lvl, const std::string &who, const std::string &msg) {
    auto us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - t0).count();
    std::ostringstream o; o << std::setw(8) << us << "us | " << std::left << std::setw(5) << lvl << " | " << std::setw(10) << who << " | " << msg << '\n';
    std::lock_guard<std::mutex> g(m); std::cerr << o.str();
  }
} logline;
struct Options { unsigned workers = 2; std::vector<std::string> stages; std::vector<std::string> extra; bool strict = true; };
Options read_options(const std::vector<std::string> &paths) {
  Options o;
  for (auto &p : paths) {
    YAML::Node n;
    try { n = YAML::LoadFile(p); }
    catch (const YAML::BadFile &e) { logline("warn", "config", std::string("skip layer ") + p + ": " + e.what()); continue; }
    if (n["workers"]) o.workers = n["workers"].as<unsigned>();
    if (n["strict"]) o.strict = n["strict"].as<bool>();
    for (auto s : n["stages"]) o.stages.push_back(s.as<std::string>());
    logline("info", "config", "layer " + p);
  }
  return o;
}
class StageLoader {
  std::vector<std::string> dirs; std::map<std::string, std::string> why;
public:
  explicit StageLoader(std::vector<std::string> d) : dirs(std::move(d)) {}
  std::unique_ptr<Stage> get(const std::string &n) {
    for (auto &d : dirs) {
      std::string f = d + "/stage_" + n + ".so";
      void *h = dlopen(f.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (!h) { why[n] += "?"; continue; }
      auto abi = (int (*)())dlsym(h, "stage_abi"); auto mk = (Stage * (*)()) dlsym(h, "stage_new");
      if (!abi || !mk || abi() != SITEWORKS_ABI) { logline("error", "loader", f + ": ABI mismatch"); continue; }
      return std::unique_ptr<Stage>(mk());
    }
    return nullptr;
  }
  size_t attempts(const std::string &n) const { auto i = why.find(n); return i == why.end() ? 0 : i->second.size(); }
};
class Pool {
  std::deque<std::function<void()>> q; std::mutex m; std::condition_variable c; bool stop = false; std::vector<std::thread> t;
  void loop(unsigned k) {
    std::string nm = "page-" + std::to_string(k); pthread_setname_np(pthread_self(), nm.c_str());
    for (;;) { std::function<void()> f; { std::unique_lock<std::mutex> g(m); c.wait(g, [&] { return stop || !q.empty(); }); if (q.empty()) return; f = std::move(q.front()); q.pop_front(); } f(); }
  }
public:
  explicit Pool(unsigned n) { for (unsigned i = 0; i < n; i++) t.emplace_back([this, i] { loop(i); }); }
  void add(std::function<void()> f) { { std::lock_guard<std::mutex> g(m); q.push_back(std::move(f)); } c.notify_one(); }
  ~Pool() { { std::lock_guard<std::mutex> g(m); stop = true; } c.notify_all(); for (auto &x : t) x.join(); }
};
}
int main() {
  Options o = read_options({"/etc/siteworks/site.yaml", "/srv/apps/siteworks/conf/site.yaml", "/srv/apps/siteworks/conf/site.local.yaml"});
  StageLoader ld({"/usr/lib/siteworks", "/srv/apps/siteworks/stages"});
  std::vector<std::unique_ptr<Stage>> chain; int dropped = 0;
  for (auto &s : o.stages) {
    auto st = ld.get(s);
    if (!st) { dropped++; logline(o.strict ? "error" : "warn", "pipeline", "stage '" + s + "' is not licensed for this site (" + std::to_string(ld.attempts(s)) + " keys tried)"); continue; }
    logline("info", "pipeline", std::string("stage ") + st->name()); chain.push_back(std::move(st));
  }
  std::vector<Page> pages(6); for (size_t i = 0; i < pages.size(); i++) { pages[i].url = "/p/" + std::to_string(i); pages[i].body = std::string("<p>   chapter ") + std::to_string(i) + std::string(400, ' ') + "</p>"; }
  std::atomic<size_t> bytes{0};
  { Pool p(o.workers); for (auto &pg : pages) p.add([&] { for (auto &s : chain) s->run(pg); bytes += pg.packed.empty() ? pg.body.size() : pg.packed.size(); }); }
  if (dropped && o.strict) { logline("error", "publish", "page budget exceeded: " + std::to_string(bytes) + " bytes, nothing uploaded"); return 22; }
  logline("info", "publish", std::to_string(pages.size()) + " pages, " + std::to_string(bytes) + " bytes uploaded");
}
