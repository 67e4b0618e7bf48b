// Executes an instruction that only a kernel may.
int main(int argc, char **argv) {
	(void)argv;
	__asm__ volatile("hlt");
	return argc;
}
