package symbolize

import (
	"encoding/binary"
	"fmt"
	"os"
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
		if r.aborted() && r.culprit() == nil && len(c.Stack) > 0 {
			s.note("the %d words of stack in the dump do not reach the function that gave up; the program's last output tells more", len(c.Stack))
		}
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
	case c.Signal == 0:
		r.Signal, r.What = "", "ended by a signal that the log does not name"
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
			if c.Fault < p.start || c.Fault >= p.end {
				continue
			}
			size, known := s.fileSize(f)
			if at := c.Fault - p.start + p.off; known && at >= roundUp(size) {
				r.Kind = KindFileEnd
				r.What = fmt.Sprintf("touches byte %d of the mapped file %s, which has %d", at, f.path, size)
				return
			}
		}
		r.Kind = KindNoMemory
		r.What = "a page of the mapped file " + f.path + " could not be filled: memory ran out, or the file could not be read there"
		return
	}
	r.Kind = KindNoMemory
	r.What = "the page at " + hexText(c.Fault) + " could not be filled: memory ran out"
}

// fileSize is the size of a mapped file: as the trace says, or as the host's file has it.
func (s *space) fileSize(f *mapped) (uint64, bool) {
	if f.size > 0 {
		return uint64(f.size), true
	}
	host := f.path
	if s.in.Host != nil {
		host = s.in.Host(f.path)
	}
	st, err := os.Stat(host)
	if host == "" || err != nil || !st.Mode().IsRegular() {
		return 0, false
	}
	return uint64(st.Size()), true
}

func hexText(v uint64) string { return fmt.Sprintf("0x%x", v) }

// judgeProtection reads a general protection fault, for which the CPU tells no address.
func (s *space) judgeProtection(r *Report, in insn, known bool) {
	r.Kind, r.What = KindNonCanonical, "uses an address that no page can have: garbage in a pointer"
	if !known {
		return
	}
	if kind, what := s.protection(in); kind != KindUnknown {
		r.Kind, r.What = kind, what
	}
}

// protection says why an instruction raises a general protection fault; KindUnknown when
// nothing in it does.
func (s *space) protection(in insn) (Kind, string) {
	if privileged[in.Op] {
		return KindPrivileged, "an instruction that only a kernel may execute"
	}
	for _, a := range in.accesses(s.crash.Regs) {
		switch {
		case !canonical(a.addr):
			return KindNonCanonical, "uses address " + hexText(a.addr) + viaText(a) + ", which no page can have: garbage in a pointer"
		case in.aligned() && a.addr%16 != 0:
			return KindUnaligned, fmt.Sprintf("an SSE instruction that demands alignment, at address %s%s", hexText(a.addr), misaligned(a))
		}
	}
	if arg, ok := in.Args[0].(x86asm.Reg); ok && (in.Op == x86asm.CALL || in.Op == x86asm.JMP) {
		if v, ok := register(s.crash.Regs, arg); ok && !canonical(v) {
			return KindNonCanonical, "calls address " + hexText(v) + ", which no page can have: garbage in a function pointer"
		}
	}
	if top, ok := s.top(); ok && in.Op == x86asm.RET && !canonical(top) {
		return KindNonCanonical, "returns to address " + hexText(top) + ", which no page can have: the stack was overwritten"
	}
	return KindUnknown, ""
}

// top is the word on top of the stack.
func (s *space) top() (uint64, bool) {
	for _, w := range s.crash.Stack {
		if w.Addr == s.crash.RSP {
			return w.Value, true
		}
	}
	return 0, false
}

// misaligned names the most common reason of a misaligned operand.
func misaligned(a access) string {
	if a.base == "rsp" || a.base == "rbp" {
		return " on the stack: a caller left the stack misaligned"
	}
	return ""
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
		r.What = s.stackText() + " overflowed" + s.recursion(r.Frames)
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
			r.What += " (" + s.dataName(p, c.Fault) + ")"
		}
	default:
		r.Kind, r.What = KindUnmapped, verb+" address "+hexText(c.Fault)+viaText(via)+", where nothing is mapped"
	}
}

// dataName names what lies at an address of an object.
func (s *space) dataName(p *placed, addr uint64) string {
	if sym, ok := p.o.lookup([]uint64{addr - p.base})[addr-p.base]; ok && addr-p.base-sym.value < sym.size {
		return demangled(sym.name) + " of " + p.o.path
	}
	if p.o.code(addr - p.base) {
		return "code of " + p.o.path
	}
	return "data of " + p.o.path
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
		return "the main thread's stack (2 MB in the guest)"
	}
	return "a thread's stack"
}

// recursion names the function that fills the stack: one that is on it several times,
// or that calls itself.
func (s *space) recursion(frames []Frame) string {
	count := map[string]int{}
	for _, f := range frames {
		if f.Symbol != "" && !f.Inlined {
			count[f.Symbol]++
		}
	}
	for _, f := range frames { // innermost first
		if count[f.Symbol] >= 3 {
			return ": " + f.Symbol + " is called again and again"
		}
	}
	if p := s.find(s.crash.RIP); p != nil && len(frames) > 0 && frames[0].Symbol != "" {
		f := &frames[0]
		if f.Inlined || !p.o.callsItself(f.Rel-f.Offset, f.Rel) {
			return ""
		}
		return ": " + f.Symbol + " calls itself"
	}
	return ""
}

// callsItself looks for a call of the function's own start, from its start to some way
// behind an address in it.
func (o *object) callsItself(start, at uint64) bool {
	const behind = 4096
	if at-start > 1<<20 {
		return false
	}
	b := make([]byte, at-start+behind)
	b = b[:o.read(b, start)]
	for i := 0; i+5 <= len(b); i++ {
		if b[i] == 0xe8 && start+uint64(i)+5+uint64(int64(int32(binary.LittleEndian.Uint32(b[i+1:])))) == start {
			return true
		}
	}
	return false
}

// caller is the frame that called the innermost function; nil when unknown.
func (r *Report) caller() *Frame {
	for i := range r.Frames {
		if r.Frames[i].ret {
			return &r.Frames[i]
		}
	}
	return nil
}

// judgeJump reads a failed instruction fetch.
func (s *space) judgeJump(r *Report) {
	c := s.crash
	target, wanted := "a function pointer", ""
	if caller := r.caller(); caller != nil && caller.Certain {
		if in, p, ok := s.callBefore(caller.Addr); ok {
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
			r.What += " (" + s.dataName(p, c.RIP) + ")"
		}
	default:
		r.Kind, r.What = KindWildJump, "jumps to "+hexText(c.RIP)+", where nothing is mapped"
	}
}
