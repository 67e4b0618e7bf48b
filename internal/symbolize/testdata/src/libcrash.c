// A library whose function reads through a bad pointer: linked, or loaded as a plugin.
__attribute__((noinline)) static long sum(const long *p, int n) {
	long s = 0;
	for (int i = 0; i < n; i++)
		s += p[i];
	return s;
}
long library_sum(const long *p, int n) {
	return sum(p, n) + 1;
}
