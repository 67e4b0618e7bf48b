// Package symbolize says in words what a Nanos crash dump says in numbers: what the
// program did when the signal came, and in which function, file and line.
//
// In go the dump (tracelog.Crash), the calls that the trace recorded before it, and a
// way from a path in the guest to the file on the host. Out comes a [Report]. Nothing
// is executed and nothing but those files is read.
//
// Addresses need load addresses. They are taken, best first, from the trace (the mmap
// calls of the loader name the file and the address; the mprotect call that seals a
// program's RELRO segment betrays where the kernel put it), from the file itself where
// it is not position independent, from the noaslr option, or are inferred: Nanos puts
// a PIE on one of 1024 pages from 0x400000 on (unix/exec.c, PROCESS_PIE_LOAD_ASLR_RANGE),
// and on the right one the instruction at RIP explains the fault and the words on the
// stack follow call instructions. Each [Base] says which.
//
// A dump holds 32 words of stack. Frames are unwound through them by .eh_frame, which
// is certain; behind the point where that ends, words that look like return addresses
// are listed, which is not: stale words look just alike. [Frame.Certain] tells.
//
// # Security
//
// Both the log and the files come from strangers. debug/elf and debug/dwarf are not
// hardened, so their panics become errors, and what is read of a file is bounded
// (bounds.go). A log can claim any address; it can make the report wrong, not more.
package symbolize
