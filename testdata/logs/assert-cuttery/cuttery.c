#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct sheet { int w, h; int used; };
struct part { int w, h; };
static struct sheet sheets[8]; static int nsheets;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void place(struct part p)
{
  pthread_mutex_lock(&m);
  for (int i = 0; i < nsheets; i++) if (sheets[i].w * sheets[i].h - sheets[i].used >= p.w * p.h) { sheets[i].used += p.w * p.h; goto out; }
  assert(nsheets < MAX_SHEETS);
  sheets[nsheets++] = (struct sheet){100, 100, p.w * p.h};
out:
  pthread_mutex_unlock(&m);
}
static void *worker(void *a) { long k = (long)a; for (int i = 0; i < 10; i++) place((struct part){50 + (int)k, 40 + i}); return NULL; }
int main(void)
{
  pthread_t t[2]; printf("nesting 20 parts\n"); fflush(stdout);
  for (long i = 0; i < 2; i++) pthread_create(&t[i], NULL, worker, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
  printf("nested on %d sheets\n", nsheets); return 0;
}
