package symbolize

import (
	"fmt"
	"syscall"

	"golang.org/x/arch/x86/x86asm"

	"github.com/nanodiag/nanodiag/tracelog"
)

// Exception vectors, and the bits of a page fault's error code (Intel manual 3A, 4.7).
const (
	vectorGP   = 13
	vectorPage = 14

	errPresent = 1    // the page is mapped, but not for this
	errWrite   = 2    // write
	errFetch   = 0x10 // instruction fetch
)

const (
	nullReach  = 1 << 16 // an address below is a field or an element of something at NULL; nothing is mapped below 0x10000
	stackReach = 1 << 16 // a push or a frame's first use faults this near to rsp
	underRSP   = 256     // the red zone below rsp, and what one instruction can reach
)

// raised reports whether a system call sent the signal: si_code is SI_USER, SI_TKILL …
func raised(c *tracelog.Crash) bool { return c.Code <= 0 && c.Signal != 0 }

// judge says what happened: the kind, the words, the instruction.
func (s *space) judge(r *Report) {
	c := s.crash
	in, known := s.ripInsn()
	if known && !raised(c) { // behind a syscall instruction, the next one says nothing
		r.Instruction = in.text()
	}
	switch sig := syscall.Signal(c.Signal); {
	case sig == syscall.SIGABRT:
		r.Kind, r.What = KindAbort, abortText(r.Frames)
	case raised(c):
		r.Kind, r.What = KindRaised, "the program sent itself "+r.Signal
	case sig == syscall.SIGILL:
		s.judgeIllegal(r, in, known)
	case sig == syscall.SIGTRAP:
		r.Kind, r.What = KindTrap, "breakpoint instruction (int3): a deliberate trap"
	case sig == syscall.SIGFPE:
		s.judgeArithmetic(r, in, known)
	case sig == syscall.SIGBUS:
		s.judgeBus(r)
	case sig == syscall.SIGSEGV && c.Vector == vectorGP:
		s.judgeProtection(r, in, known)
	case sig == syscall.SIGSEGV:
		s.judgePageFault(r, in, known)
	default:
		r.What = "ended by " + r.Signal
	}
}

// ripInsn decodes the instruction at RIP; without ok its bytes may still be there.
func (s *space) ripInsn() (insn, bool) {
	p := s.find(s.crash.RIP)
	if p == nil || p.gone {
		return insn{}, false
	}
	return p.o.decode(s.crash.RIP-p.base, s.crash.RIP)
}

func (s *space) judgeIllegal(r *Report, in insn, known bool) {
	var what string
	r.Feature, what = featureOf(in.raw)
	switch {
	case len(in.raw) >= 2 && in.raw[0] == 0x0f && (in.raw[1] == 0x0b || in.raw[1] == 0xb9 || in.raw[1] == 0xff):
		r.Kind, r.Feature = KindTrap, ""
		r.What = "deliberate trap (ud2): the compiler or the author marked this place as unreachable or forbidden"
	case r.Feature != "":
		r.Kind = KindFeature
		if what != "" {
			what = " (" + what + ")"
		}
		r.What = fmt.Sprintf("an instruction that needs %s%s, which the guest's CPU does not have", r.Feature, what)
	case len(in.raw) == 0:
		r.Kind, r.What = KindUnknown, "an instruction that the guest's CPU does not have, or a deliberate trap"
	case known:
		r.Kind, r.What = KindFeature, "an instruction that the guest's CPU refuses"
	default:
		r.Kind, r.What = KindBadCode, "bytes that are no instruction: a jump into data, or a damaged file"
	}
}

func (s *space) judgeArithmetic(r *Report, in insn, known bool) {
	r.Kind, r.What = KindDivide, "integer division by zero"
	if !known || in.Op != x86asm.IDIV && in.Op != x86asm.DIV {
		if s.crash.Vector != 0 {
			r.What = "floating-point exception"
		}
		return
	}
	if reg, ok := in.Args[0].(x86asm.Reg); ok {
		if v, ok := narrow(s.crash.Regs, reg); ok && v != 0 {
			r.What = "the quotient of a division does not fit its register"
		}
	}
}

// narrow is the value of a register of any width.
func narrow(regs map[string]uint64, r x86asm.Reg) (uint64, bool) {
	switch {
	case r >= x86asm.EAX && r <= x86asm.R15L:
		v, ok := register(regs, r-x86asm.EAX+x86asm.RAX)
		return v & 0xffffffff, ok
	case r >= x86asm.AX && r <= x86asm.R15W:
		v, ok := register(regs, r-x86asm.AX+x86asm.RAX)
		return v & 0xffff, ok
	}
	return register(regs, r)
}

func (s *space) judgeBus(r *Report) {
	c := s.crash
	if f := s.memory.fileAt(c.Fault); c.HasFault && f != nil && f.path != "" {
		for _, p := range f.pieces {
			if c.Fault < p.start || c.Fault >= p.end || f.size <= 0 {
				continue
			}
			if at := c.Fault - p.start + p.off; at >= roundUp(uint64(f.size)) {
				r.Kind = KindFileEnd
				r.What = fmt.Sprintf("touches byte %d of the mapped file %s, which has %d", at, f.path, f.size)
				return
			}
		}
		r.Kind = KindNoMemory
		r.What = "a page of " + f.path + " could not be read: memory ran out, or the disk failed"
		return
	}
	r.Kind = KindNoMemory
	r.What = "the page at " + hexText(c.Fault) + " could not be filled: memory ran out"
}

func hexText(v uint64) string { return fmt.Sprintf("0x%x", v) }

// judgeProtection reads a general protection fault, for which the CPU tells no address.
func (s *space) judgeProtection(r *Report, in insn, known bool) {
	r.Kind, r.What = KindNonCanonical, "uses an address that no page can have: garbage in a pointer"
	if !known {
		return
	}
	if privileged[in.Op] {
		r.Kind, r.What = KindPrivileged, "an instruction that only a kernel may execute"
		return
	}
	for _, a := range in.accesses(s.crash.Regs) {
		switch {
		case !canonical(a.addr):
			r.What = "uses address " + hexText(a.addr) + inRegister(a) + ", which no page can have: garbage in a pointer"
			return
		case in.aligned() && a.addr%16 != 0:
			r.Kind = KindUnaligned
			r.What = fmt.Sprintf("an SSE instruction that demands alignment, at address %s%s", hexText(a.addr), misaligned(a))
			return
		}
	}
	switch arg := in.Args[0].(type) {
	case x86asm.Reg:
		if v, ok := register(s.crash.Regs, arg); ok && !canonical(v) && (in.Op == x86asm.CALL || in.Op == x86asm.JMP) {
			r.What = "calls address " + hexText(v) + ", which no page can have: garbage in a function pointer"
		}
	}
}

// misaligned names the most common reason of a misaligned operand.
func misaligned(a access) string {
	if a.base == "rsp" || a.base == "rbp" {
		return " on the stack: a caller left the stack misaligned"
	}
	return ""
}

func inRegister(a access) string {
	if a.base == "" {
		return ""
	}
	return " (from " + a.base + ")"
}

func canonical(addr uint64) bool { return addr>>47 == 0 || addr>>47 == 1<<17-1 }

// privileged are instructions that fault outside the kernel.
var privileged = map[x86asm.Op]bool{
	x86asm.HLT: true, x86asm.CLI: true, x86asm.STI: true, x86asm.IN: true, x86asm.OUT: true, x86asm.INSB: true, x86asm.OUTSB: true,
	x86asm.RDMSR: true, x86asm.WRMSR: true, x86asm.INVD: true, x86asm.WBINVD: true, x86asm.LGDT: true, x86asm.LIDT: true,
	x86asm.CLTS: true, x86asm.INVLPG: true, x86asm.LMSW: true, x86asm.LTR: true, x86asm.LLDT: true, x86asm.RDPMC: true, x86asm.SWAPGS: true,
}

// aligned reports whether an instruction demands 16-byte alignment of its operand: the
// moves that say so, and legacy SSE arithmetic on whole registers.
func (in insn) aligned() bool {
	switch in.Op {
	case x86asm.MOVUPS, x86asm.MOVUPD, x86asm.MOVDQU, x86asm.LDDQU:
		return false
	}
	return in.MemBytes == 16
}

// judgePageFault tells the ways of touching memory that is not there apart.
func (s *space) judgePageFault(r *Report, in insn, known bool) {
	c := s.crash
	if c.HasFault && (c.ErrorCode&errFetch != 0 || c.Fault == c.RIP) {
		s.judgeJump(r)
		return
	}
	if !c.HasFault {
		r.What = "used an address that is not mapped"
		return
	}
	verb := "reads"
	if c.ErrorCode&errWrite != 0 {
		verb = "writes"
	}
	var via access
	if known {
		via, _ = touches(in.accesses(c.Regs), c.Fault)
	}
	switch p := s.find(c.Fault); {
	case s.overflowed():
		r.Kind = KindStackOverflow
		r.What = "the stack overflowed" + s.stackText() + recursion(r.Frames)
	case c.Fault == 0:
		r.Kind, r.What = KindNull, verb+" address 0: a NULL pointer"+viaText(via)
	case c.Fault < nullReach:
		r.Kind = KindNullField
		r.What = fmt.Sprintf("%s address %s, %d bytes into something at NULL%s", verb, hexText(c.Fault), c.Fault, viaText(via))
	case -c.Fault < nullReach:
		r.Kind = KindNullField
		r.What = fmt.Sprintf("%s address %s, %d bytes before something at NULL%s", verb, hexText(c.Fault), -c.Fault, viaText(via))
	case p != nil && p.gone:
		r.Kind, r.What = KindUnloaded, verb+" memory of "+p.o.path+", which was unloaded by then"
	case c.ErrorCode&errPresent != 0 || c.Code == 2:
		r.Kind, r.What = KindProtected, verb+" address "+hexText(c.Fault)+viaText(via)+", whose memory does not permit it"
		if p != nil {
			r.What += " (in " + p.o.path + ")"
		}
	default:
		r.Kind, r.What = KindUnmapped, verb+" address "+hexText(c.Fault)+viaText(via)+", where nothing is mapped"
	}
}

func viaText(a access) string {
	if a.base == "" || a.base == "rsp" {
		return ""
	}
	return " (from " + a.base + ")"
}

// overflowed reports whether the access was where the stack would have had to grow.
func (s *space) overflowed() bool {
	c := s.crash
	return c.RSP != 0 && c.Fault < c.RSP+pageSize && c.Fault+stackReach > c.RSP
}

// mainStack is where the main thread's stack can be: Nanos places it with its top at
// most 4 MB below 4 GB, 2 MB large unless the manifest's rlimits say otherwise.
const mainStack = stackTop - 64<<20

func (s *space) stackText() string {
	if s.crash.RSP >= mainStack && s.crash.RSP < stackTop {
		return " (main thread: 2 MB in the guest)"
	}
	return " of a thread"
}

// recursion names the function that fills the stack.
func recursion(frames []Frame) string {
	count := map[string]int{}
	for _, f := range frames {
		if f.Symbol != "" {
			count[f.Symbol]++
		}
	}
	best := ""
	for _, f := range frames { // in order: deterministic
		if n := count[f.Symbol]; f.Symbol != "" && n >= 3 && n > count[best] {
			best = f.Symbol
		}
	}
	if best == "" {
		return ""
	}
	return ": " + best + " calls itself again and again"
}

// judgeJump reads a failed instruction fetch.
func (s *space) judgeJump(r *Report) {
	c := s.crash
	target, wanted := "a function pointer", ""
	if len(r.Frames) > 1 && r.Frames[1].Certain {
		if in, p, ok := s.callBefore(r.Frames[1].Addr); ok {
			r.Instruction = in.text()
			wanted = p.o.callee(in, p.base)
		}
	}
	switch p := s.find(c.RIP); {
	case c.RIP < nullReach:
		r.Kind = KindNullCall
		if wanted != "" {
			r.What = "calls " + wanted + ", a weak function that no loaded library has"
			return
		}
		r.What = "calls " + target + " that is NULL"
		if c.RIP != 0 {
			r.What = "jumps to address " + hexText(c.RIP) + ", near NULL"
		}
		if s.memory.lost != "" {
			r.LostLibrary = baseName(s.memory.lost)
			r.What += "; loading " + r.LostLibrary + " had failed before, and a function looked up in it would be NULL"
		}
	case p != nil && p.gone:
		r.Kind, r.What = KindUnloaded, "jumps into "+p.o.path+", which was unloaded by then"
	case c.ErrorCode&errPresent != 0 || c.Code == 2:
		r.Kind, r.What = KindNoExec, "jumps to "+hexText(c.RIP)+", memory that is not executable"
		if p != nil {
			r.What += " (data of " + p.o.path + ")"
		}
	default:
		r.Kind, r.What = KindWildJump, "jumps to "+hexText(c.RIP)+", where nothing is mapped"
	}
}
