// Prints a native SIGSEGV as Nanos prints its own: linked into a program by -include.
// The lines "native PATH START" tell the test where objects were, to move them to where
// Nanos puts programs.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
static void dump_signal(int sig, siginfo_t *si, void *p) {
	static const struct { const char *name; int reg; } regs[] = {
		{"rax", REG_RAX}, {"rbx", REG_RBX}, {"rcx", REG_RCX}, {"rdx", REG_RDX}, {"rsi", REG_RSI}, {"rdi", REG_RDI},
		{"rbp", REG_RBP}, {"rsp", REG_RSP}, {"r8", REG_R8}, {"r9", REG_R9}, {"r10", REG_R10}, {"r11", REG_R11},
		{"r12", REG_R12}, {"r13", REG_R13}, {"r14", REG_R14}, {"r15", REG_R15}, {"rip", REG_RIP}};
	greg_t *g = ((ucontext_t *)p)->uc_mcontext.gregs;
	printf("\n*** signal %d received by tid 2, errno 0, code %d\n    fault address 0x%lx\n\n", sig, si->si_code, (long)si->si_addr);
	printf("*** Thread context:\nlastvector: %016llx (Page fault)\n      type: thread\n", g[REG_TRAPNO]);
	printf("error code: %016llx\n   address: %016llx\n\n", g[REG_ERR], g[REG_CR2]);
	for (unsigned i = 0; i < sizeof regs / sizeof *regs; i++)
		printf("%6s: %016llx\n", regs[i].name, g[regs[i].reg]);
	printf("\nframe trace:\n\nkernel load offset 0\n\nloaded klibs: \n\nstack trace:\n");
	unsigned long *sp = (unsigned long *)g[REG_RSP];
	for (int i = 0; i < 32; i++)
		printf("%016lx:   %016lx\n", (unsigned long)(sp + i), sp[i]);
	printf("\n   core dump\n");
	char line[512], path[400];
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end, off;
	while (maps && fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %399s", &start, &end, &off, path) == 4 && off == 0 && path[0] == '/')
			printf("native %s %lx\n", path, start);
	fflush(stdout);
	_exit(9);
}
__attribute__((constructor)) static void dump_install(void) {
	struct sigaction sa;
	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = dump_signal;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, 0);
}
