/* Says with its status whether it could ask to be traced, as debuggers' children and
 * programs that look for a debugger do. */
#include <sys/ptrace.h>

int main(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0) ? 1 : 0; }
