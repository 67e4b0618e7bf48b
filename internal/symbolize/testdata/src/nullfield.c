// Writes a field of a structure at NULL, three calls deep.
struct item { long a, b, c; };
__attribute__((noinline)) static void fill(struct item *it) {
	it->c = 7;
}
__attribute__((noinline)) static int prepare(struct item *it, int n) {
	fill(it);
	return n + 1;
}
int main(int argc, char **argv) {
	(void)argv;
	return prepare(argc > 99 ? (struct item *)argv : 0, argc) * 2;
}
