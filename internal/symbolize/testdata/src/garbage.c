// Follows a pointer that is text.
__attribute__((noinline)) static long follow(long *p) {
	return *p;
}
int main(int argc, char **argv) {
	(void)argv;
	return (int)follow((long *)(0x6c6c6548206f6c6cL + argc)) + 1;
}
