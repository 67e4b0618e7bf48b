// A thread with a small stack calls itself until that is full.
#include <pthread.h>
__attribute__((noinline)) static int deeper(volatile int *p) {
	volatile int pad[40];
	pad[0] = *p + 1;
	return deeper(pad) + pad[0];
}
static void *work(void *p) {
	return (void *)(long)deeper(p);
}
int main(int argc, char **argv) {
	(void)argv;
	pthread_attr_t at;
	pthread_t t;
	pthread_attr_init(&at);
	pthread_attr_setstacksize(&at, 65536);
	pthread_create(&t, &at, work, &argc);
	pthread_join(t, 0);
	return 0;
}
