// Crashes in a library that it is linked with.
long library_sum(const long *, int);
int main(int argc, char **argv) {
	(void)argv;
	return (int)library_sum((const long *)0x5550000000L, argc) + 1;
}
