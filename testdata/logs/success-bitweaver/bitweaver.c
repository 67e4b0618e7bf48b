#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static sigjmp_buf jb; static volatile sig_atomic_t last;
static void trap(int s) { last = s; siglongjmp(jb, 1); }
__attribute__((target("avx512f"))) static void k512(void) { __asm__ volatile("vpxorq %%zmm0,%%zmm0,%%zmm0" ::: "xmm0"); }
static void kud(void) { __asm__ volatile("ud2"); }
static void knull(void) { *(volatile int *)8 = 1; }
static int try_(const char *n, void (*f)(void))
{
  if (sigsetjmp(jb, 1)) { fprintf(stderr, "bitweaver: kernel %-8s CRASHED: %s\n", n, strsignal(last)); return 0; }
  f(); fprintf(stderr, "bitweaver: kernel %-8s usable\n", n); return 1;
}
int main(void)
{
  signal(SIGILL, trap); signal(SIGSEGV, trap);
  int n = try_("avx512", k512) + try_("vendor", kud) + try_("legacy", knull);
  signal(SIGILL, SIG_DFL); signal(SIGSEGV, SIG_DFL);
  uint64_t h = 1; for (int i = 1; i < 1000; i++) h = (h * 6364136223846793005ull + i) ^ (h >> 29);
  fprintf(stderr, "bitweaver: %d accelerated kernels, portable one chosen\n", n > 0);
  printf("woven %016llx\n", (unsigned long long)h); return 0;
}
