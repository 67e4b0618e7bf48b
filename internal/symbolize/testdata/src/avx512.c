// Executes an AVX-512 instruction.
__attribute__((noinline)) static long wide(long n) {
	__asm__ volatile("vpaddq %%zmm1, %%zmm2, %%zmm3" ::: "memory");
	return n + 1;
}
int main(int argc, char **argv) {
	(void)argv;
	return (int)wide(argc) + 1;
}
