// Executes ud2, as compilers emit it for what must not be reached.
__attribute__((noinline)) static int never(int n) {
	if (n > 0)
		__builtin_trap();
	return n;
}
int main(int argc, char **argv) {
	(void)argv;
	return never(argc);
}
