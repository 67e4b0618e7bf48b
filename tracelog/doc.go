// Package tracelog reads what a Nanos guest left on its serial console, as Ops, a
// cloud or a terminal recorded it: the program's output, the kernel's messages, the
// system call trace of either format, crash dumps, and the lines of Ops and QEMU.
//
// [Read] gives the whole of it as a [Log], with calls as the same strace.Event that
// the native tracer yields. [Scan] is the streaming core below it: it cuts the stream
// into classified items and decodes nothing that it is not asked for.
//
// Two trace formats exist: up to Nanos 0.1.50 every call is several indented lines
// (entry, details, "direct return"), from 0.1.51 on it is one line in the manner of
// strace(1). The reader tells them apart line by line.
//
// The trap: everything shares one stream and nothing in it is escaped. A program can
// print a line that looks exactly like a trace line, a path can contain newlines and
// quotes, and output without a newline runs into the next trace line. The reader
// separates them as well as the text permits; a log is evidence for a diagnosis,
// never a basis for a security decision.
package tracelog
