// Divides by zero.
__attribute__((noinline)) static int share(int total, int parts) {
	return total / parts;
}
int main(int argc, char **argv) {
	(void)argv;
	return share(100, argc - 1) + 1;
}
