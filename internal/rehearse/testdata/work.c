/* Computes on four threads as a prover does: short parallel sections that end at a
 * barrier, memory taken and given back in between, no files. Prints the processor
 * time that it took, in microseconds. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { threads = 4, rounds = 40, words = 1 << 16 };
static pthread_barrier_t barrier;

static void *work(void *arg)
{
	unsigned long x = (unsigned long)arg + 1;
	for (int r = 0; r < rounds; r++) {
		unsigned long *m = mmap(NULL, words * sizeof *m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (int k = 0; k < 20; k++)
			for (int i = 0; i < words; i++)
				m[i] = x = x * 6364136223846793005UL + m[(x >> 40) % words];
		if (r % 2)
			madvise(m, words * sizeof *m, MADV_DONTNEED);
		munmap(m, words * sizeof *m);
		pthread_barrier_wait(&barrier);
	}
	return (void *)x;
}

int main(void)
{
	pthread_t t[threads];
	pthread_barrier_init(&barrier, NULL, threads);
	for (long i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	printf("%ld\n", (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	return 0;
}
