// Writes to a constant.
static const char text[] = "constant";
__attribute__((noinline)) static void poke(char *p) {
	*p = 'C';
}
int main(int argc, char **argv) {
	(void)argv;
	poke((char *)text + argc);
	return text[0];
}
