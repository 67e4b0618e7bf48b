// Package strace records what a program asks of its kernel: the files it looks for,
// the code it maps, the processes it makes, the system calls it uses.
//
// Everything is an [Event], one finished system call (or the start, the end, a signal
// of a task), wherever it comes from: [Trace] runs a program under the native tracer,
// [ReadLog] reads what strace(1) wrote, and package tracelog reads what a Nanos guest
// said of itself. [Collector] turns events into [Facts].
//
// # The native tracer
//
// ptrace(2) alone stops a program at every system call, twice. Here a seccomp filter
// decides in the kernel which calls stop: those that name a file, map code or make a
// process, and those whose number is outside a list of hot, harmless ones, so that the
// set of calls used is known without paying for futex and read. A program that only
// computes and synchronizes runs at its native speed.
//
// The program is started through a shim: the caller's own executable runs again, is
// seized, installs the filter and executes the program. Therefore every main (and
// TestMain) whose process calls Trace must call [Shim] first.
//
// Each file call costs two stops. A request that a process repeats with the same
// outcome costs one from its 17th time on: the tracer looks itself whether the file is
// still there, or still missing, and reports the call as Predicted. fstat, which glibc
// makes as newfstatat with AT_EMPTY_PATH, is not a file call here.
//
// What a tracer cannot hide, and what it cannot see:
//   - the program has a tracer: ptrace(PTRACE_TRACEME) and debuggers inside it fail,
//     /proc/self/status names it;
//   - without CAP_SYS_ADMIN and CAP_SYS_PTRACE the program runs with no_new_privs, so
//     set-user-ID programs do not gain privileges;
//   - calls that the program's own seccomp filter answers, and files opened through
//     io_uring, are not seen. Result.Incomplete says so when it happens.
package strace
