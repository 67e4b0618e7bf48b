// Calls into data.
static int table[16] = {1, 2, 3};
__attribute__((noinline)) static int call(int (*f)(int), int n) {
	return f(n) + 1;
}
int main(int argc, char **argv) {
	(void)argv;
	return call((int (*)(int))(void *)&table[argc], argc) + 1;
}
