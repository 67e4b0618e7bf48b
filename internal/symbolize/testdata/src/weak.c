// Calls a weak function that nothing defines.
__attribute__((weak)) int optional_hook(int);
__attribute__((noinline)) static int run(int n) {
	return optional_hook(n) + 1;
}
int main(int argc, char **argv) {
	(void)argv;
	return run(argc) + 1;
}
