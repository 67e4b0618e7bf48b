#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/mman.h>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <cstring>
#include <cstdlib>
struct Board { int rows; long votes[128]; };
class Segment {
  void *p = nullptr; int id = -1;
public:
  Segment() {
    if (getenv("TALLY_PRIVATE")) { p = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); return; }
    id = shmget(IPC_PRIVATE, sizeof(Board), IPC_CREAT | 0600);
    if (id < 0) throw std::system_error(errno, std::generic_category(), "board segment");
    p = shmat(id, nullptr, 0); shmctl(id, IPC_RMID, nullptr);
    if (p == (void *)-1) throw std::bad_alloc();
  }
  Board *operator->() { return static_cast<Board *>(p); }
};
int main() {
  std::fputs("tallyboard: opening ballot\n", stdout);
  Segment s; s->rows = 3; for (int i = 0; i < 300; i++) s->votes[i % 3]++;
  std::printf("tallyboard: %ld/%ld/%ld\n", s->votes[0], s->votes[1], s->votes[2]);
}
