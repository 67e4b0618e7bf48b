// Aborts by a failed assertion.
#include <assert.h>
__attribute__((noinline)) static int check(int n) {
	assert(n > 5);
	return n;
}
int main(int argc, char **argv) {
	(void)argv;
	return check(argc);
}
