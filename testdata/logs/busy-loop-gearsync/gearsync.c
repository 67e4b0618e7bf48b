#include <pthread.h>
#include <stdio.h>
#include <stdint.h>
#include <time.h>
static uint32_t lfsr(uint32_t s) { return (s >> 1) ^ (-(s & 1u) & POLY); }
/* walk the register until it returns to its start: gives the period */
static uint32_t period(uint32_t start) { uint32_t s = start, n = 0; do { s = lfsr(s); n++; } while (s != start); return n; }
static void *run(void *p) { *(uint32_t *)p = period(0xACE1u); return p; }
int main(void)
{
  uint32_t r = 0; pthread_t t; setvbuf(stdout, NULL, _IOLBF, 0);
  puts("gearsync: 1 of 2: self test passed"); puts("gearsync: 2 of 2: measuring sequence length");
  pthread_create(&t, NULL, run, &r); pthread_join(t, NULL);
  printf("gearsync: length %u\n", r); return 0;
}
