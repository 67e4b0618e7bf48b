package symbolize

import "fmt"

// Kind is what the program did when the signal came.
type Kind uint8

const (
	KindUnknown       Kind = iota
	KindNull               // read or write at address 0
	KindNullField          // read or write a little above 0: a field of a NULL structure
	KindNullCall           // call or jump to address 0, or a little above
	KindWildJump           // jump to an address where nothing is mapped
	KindNoExec             // jump into data
	KindUnloaded           // jump into, or access to, a library that was unloaded by then
	KindStackOverflow      // access just below the stack pointer, outside the stack
	KindNonCanonical       // address that no page can have: garbage used as a pointer
	KindUnmapped           // access to an address where nothing is mapped
	KindProtected          // write to read-only memory, or read of memory without access
	KindUnaligned          // an SSE instruction that demands alignment
	KindPrivileged         // an instruction for kernels (hlt, in, rdmsr …)
	KindNoMemory           // the page could not be filled: memory ran out
	KindFileEnd            // mapped file: access beyond its end, or its read failed
	KindFeature            // an instruction that the guest's CPU does not have
	KindTrap               // ud2 or int3 that the compiler or the author put there
	KindBadCode            // bytes that are no instruction: data, or a damaged file
	KindDivide             // integer division by zero, or its overflow
	KindAbort              // the program aborted itself
	KindRaised             // the program sent itself another signal
	KindKernel             // the kernel faulted, not the program
)

var kindNames = [...]string{
	"unknown", "null", "null-field", "null-call", "wild-jump", "no-exec", "unloaded", "stack-overflow", "non-canonical",
	"unmapped", "protected", "unaligned", "privileged", "no-memory", "file-end", "feature", "trap", "bad-code",
	"divide", "abort", "raised", "kernel",
}

func (k Kind) String() string { return kindNames[min(int(k), len(kindNames)-1)] }

// From says how the load address of an object is known.
type From string

const (
	FromTrace    From = "trace"    // an mmap or mprotect call of the loader
	FromNoASLR   From = "noaslr"   // the image was built with noaslr: 0x400000
	FromFixed    From = "fixed"    // not position independent
	FromInferred From = "inferred" // the address at which instructions and stack agree
)

// Base is where an object lay.
type Base struct {
	Object     string // guest path
	Addr       uint64 // what to subtract from an address to get one in the file; 0 for a fixed program
	Start, End uint64 // memory from its first segment to its last
	From       From
}

// Frame is one level of the call stack, innermost first.
type Frame struct {
	Addr   uint64 // RIP, or a return address
	Object string // guest path; "" when the address is in no known object
	Rel    uint64 // Addr in the object's own file; meaningful with Object
	Symbol string // demangled; "" without symbols
	Offset uint64 // bytes from the start of Symbol
	File   string // source file as the compiler recorded it; "" without line table
	Line   int    // of the call for a return address
	// Certain is set for RIP and what was unwound from it by .eh_frame, or by the frame
	// pointers that all Go code keeps, where the load address is certain too. The others are words on the stack that follow a call instruction,
	// possibly left over from calls that ended long ago.
	Certain bool
	// Inlined is set for a function that the compiler put into the body of the next
	// frame; both have the same Addr.
	Inlined bool

	mangled string // Symbol as in the file
	ret     bool   // a return address: the call is before it
}

// String is "main+0x12 (prog.c:3) in /prog".
func (f Frame) String() string {
	s := f.Symbol
	switch {
	case f.Inlined:
	case s != "":
		s = fmt.Sprintf("%s+0x%x", s, f.Offset)
	case f.Object != "":
		return fmt.Sprintf("%s+0x%x", f.Object, f.Rel)
	default:
		return fmt.Sprintf("0x%x", f.Addr)
	}
	if f.File != "" {
		s += fmt.Sprintf(" (%s:%d)", f.File, f.Line)
	}
	switch {
	case f.Inlined:
		s += ", inlined"
	case f.Object != "":
		s += " in " + f.Object
	}
	return s
}

// Report is a crash in words.
type Report struct {
	Signal      string // "SIGSEGV"; "" when the kernel faulted
	Kind        Kind
	What        string // one clause, such as "reads address 0x10, 16 bytes into a structure at NULL"
	Instruction string // the instruction at RIP in GNU syntax; "" when it could not be read
	Feature     string // CPU feature that the instruction needs, "AVX-512F"; "" for baseline x86-64
	Frames      []Frame
	Bases       []Base   // objects that the addresses of the dump lie in
	LostLibrary string   // with KindNullCall: the library whose loading last failed before the call
	Incomplete  []string // what could not be told, and what would help
}

// String says it in one line: "reads address 0: a NULL pointer, in strlen, called from
// length (strlen.c:5)".
func (r *Report) String() string {
	s := r.What
	at := func(f *Frame) string {
		if f.File != "" {
			return fmt.Sprintf("%s (%s:%d)", f.Symbol, f.File, f.Line)
		}
		return f.Symbol
	}
	var first *Frame
	for i := range r.Frames {
		if f := &r.Frames[i]; !f.Inlined {
			first = f
			break
		}
	}
	own := r.culprit()
	switch {
	case own != nil && own == first:
		s += ", in " + at(own)
	case own != nil && first.Symbol != "":
		s += ", in " + at(first) + ", called from " + at(own)
	case own != nil:
		s += ", in a call from " + at(own)
	case first != nil && first.Symbol != "":
		s += ", in " + at(first)
	}
	return s
}
