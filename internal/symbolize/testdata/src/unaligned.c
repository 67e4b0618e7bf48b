// Moves 16 bytes to an address that is not a multiple of 16.
__attribute__((noinline)) static void store(char *p) {
	__asm__ volatile("movaps %%xmm0, (%0)" : : "r"(p) : "memory");
}
int main(int argc, char **argv) {
	(void)argv;
	static char buf[64] __attribute__((aligned(16)));
	store(buf + argc);
	return buf[argc];
}
