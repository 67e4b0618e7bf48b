#include <sys/uio.h>
#include <unistd.h>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>
// safe peeking at possibly unmapped addresses: the kernel does the copy
template <class T> static std::optional<T> peek(uintptr_t at) {
  T v{};
#ifndef TRUST_POINTERS
  iovec l{&v, sizeof v}, r{(void *)at, sizeof v};
  if (process_vm_readv(getpid(), &l, 1, &r, 1, 0) != (ssize_t)sizeof v) return std::nullopt;
#else
  std::memcpy(&v, (void *)at, sizeof v);
#endif
  return v;
}
struct Node { Node *next; uint32_t tag; };
int main() {
  std::vector<Node> n(50); for (size_t i = 0; i < n.size(); i++) { n[i].next = i + 1 < n.size() ? &n[i + 1] : nullptr; n[i].tag = 0xC0DE0000u + i; }
  int walked = 0, broken = 0;
  for (Node *p = &n[0]; p;) { auto x = peek<Node>((uintptr_t)p); if (!x) { broken++; break; } if ((x->tag >> 16) != 0xC0DE) broken++; walked++; p = x->next; }
  if (broken) { std::printf("memlens: heap is corrupted near node %d, dumping skipped\n", walked); return 3; }
  std::printf("memlens: walked %d nodes, heap consistent\n", walked);
}
