// Calls itself until the stack is full.
__attribute__((noinline)) int descend(volatile int *p) {
	volatile int pad[4];
	pad[0] = *p + 1;
	return descend(pad) + pad[0];
}
int main(int argc, char **argv) {
	(void)argv;
	volatile int n = argc;
	return descend(&n);
}
