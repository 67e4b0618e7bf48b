#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>
struct Track { char *title; int secs; };
static Track make(const char *t, int s) { Track k; k.title = (char *)malloc(TITLE_LEN); strcpy(k.title, t); k.secs = s; return k; }
int main() {
  std::vector<Track> list;
  const char *names[] = {"Intro", "A rather long title that nobody thought of when the playlist was made, live at the old harbour hall", "Encore", "Outro"};
  for (int i = 0; i < 4; i++) list.push_back(make(names[i], 100 + i));
  std::printf("jukectl: playlist of %zu tracks\n", list.size());
  std::fflush(stdout);
  std::thread t([&] { for (auto &k : list) free(k.title); });
  t.join();
  std::printf("jukectl: playlist closed\n");
}
