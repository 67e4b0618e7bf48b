package symbolize

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// maxInsn is the longest x86 instruction.
const maxInsn = 15

// insn is a decoded instruction.
type insn struct {
	x86asm.Inst
	pc  uint64
	raw []byte
}

// decode reads the instruction at an address of the file.
func (o *object) decode(vaddr, pc uint64) (insn, bool) {
	if !o.code(vaddr) {
		return insn{}, false
	}
	var buf [maxInsn]byte
	n := o.read(buf[:], vaddr)
	return decodeBytes(buf[:n], pc)
}

// decodeBytes decodes the first instruction in b. x86asm indexes tables by bytes of its
// input; a panic there would be its bug, and must not become ours.
func decodeBytes(b []byte, pc uint64) (in insn, ok bool) {
	defer func() {
		if recover() != nil {
			in, ok = insn{raw: b, pc: pc}, false
		}
	}()
	inst, err := x86asm.Decode(b, 64)
	if err != nil || inst.Op == 0 || inst.Len == 0 || inst.Len > len(b) {
		return insn{raw: b, pc: pc}, false
	}
	return insn{inst, pc, b[:inst.Len]}, true
}

// text is the instruction in GNU syntax.
func (in insn) text() (s string) {
	defer func() {
		if recover() != nil {
			s = ""
		}
	}()
	return strings.TrimSpace(x86asm.GNUSyntax(in.Inst, in.pc, nil))
}

// regNames are the dump's names of the 64-bit registers.
var regNames = map[x86asm.Reg]string{
	x86asm.RAX: "rax", x86asm.RCX: "rcx", x86asm.RDX: "rdx", x86asm.RBX: "rbx", x86asm.RSP: "rsp", x86asm.RBP: "rbp",
	x86asm.RSI: "rsi", x86asm.RDI: "rdi", x86asm.R8: "r8", x86asm.R9: "r9", x86asm.R10: "r10", x86asm.R11: "r11",
	x86asm.R12: "r12", x86asm.R13: "r13", x86asm.R14: "r14", x86asm.R15: "r15",
}

// register is the value of a 64-bit register in the dump.
func register(regs map[string]uint64, r x86asm.Reg) (uint64, bool) {
	v, ok := regs[regNames[r]]
	return v, ok && regNames[r] != ""
}

// address computes what a memory operand addresses.
func (in insn) address(m x86asm.Mem, regs map[string]uint64) (uint64, bool) {
	addr := uint64(m.Disp)
	switch {
	case m.Base == x86asm.RIP:
		addr += in.pc + uint64(in.Len)
	case m.Base != 0:
		v, ok := register(regs, m.Base)
		if !ok {
			return 0, false
		}
		addr += v
	}
	if m.Index != 0 {
		v, ok := register(regs, m.Index)
		if !ok {
			return 0, false
		}
		addr += v * uint64(m.Scale)
	}
	switch m.Segment {
	case x86asm.FS:
		addr += regs["fsbase"]
	case x86asm.GS:
		addr += regs["gsbase"]
	}
	return addr, true
}

// access is one place in memory that an instruction touches.
type access struct {
	addr uint64
	size uint64 // bytes; 0 when unknown
	base string // register that the address comes from, "" for none
}

// accesses lists what the instruction touches, with the registers of the dump.
func (in insn) accesses(regs map[string]uint64) []access {
	var out []access
	for _, a := range in.Args {
		m, ok := a.(x86asm.Mem)
		if !ok || in.Op == x86asm.LEA || in.Op == x86asm.NOP {
			continue
		}
		if addr, ok := in.address(m, regs); ok {
			size := uint64(in.MemBytes)
			if in.isString() {
				size = uint64(in.DataSize / 8)
			}
			out = append(out, access{addr: addr, size: size, base: regNames[m.Base]})
		}
	}
	rsp, ok := regs["rsp"]
	if !ok {
		return out
	}
	switch in.Op {
	case x86asm.PUSH, x86asm.CALL, x86asm.PUSHF, x86asm.PUSHFQ, x86asm.ENTER:
		out = append(out, access{addr: rsp - 8, size: 8, base: "rsp"})
	case x86asm.POP, x86asm.RET, x86asm.POPF, x86asm.POPFQ:
		out = append(out, access{addr: rsp, size: 8, base: "rsp"})
	case x86asm.LEAVE:
		out = append(out, access{addr: regs["rbp"], size: 8, base: "rbp"})
	}
	return out
}

// isString reports whether the instruction moves by rsi and rdi (rep movsb).
func (in insn) isString() bool {
	switch in.Op {
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ,
		x86asm.LODSB, x86asm.LODSW, x86asm.LODSD, x86asm.LODSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ,
		x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ:
		return true
	}
	return false
}

// widest is the size of the largest access, in bytes (zmm).
const widest = 64

// touches reports whether one of the accesses covers a fault address: the page fault
// names the first byte that is not mapped, not the operand's own address.
func touches(list []access, fault uint64) (access, bool) {
	for _, a := range list {
		size := a.size
		if size == 0 {
			size = widest
		}
		if fault-a.addr < size {
			return a, true
		}
	}
	return access{}, false
}

// afterCall reports whether an address of the file follows a call instruction, and how
// long that instruction is.
func (o *object) afterCall(vaddr uint64) (length int, ok bool) {
	if vaddr < 2 || !o.code(vaddr-1) {
		return 0, false
	}
	const longest = 8 // call *disp32(%base,%index,8) with a prefix
	var buf [longest]byte
	back := uint64(longest)
	for back > 2 && !o.code(vaddr-back) {
		back--
	}
	b := buf[:back]
	if o.read(b, vaddr-back) < len(b) {
		return 0, false
	}
	n := len(b)
	if n >= 5 && b[n-5] == 0xe8 { // call rel32, into code of this object
		rel := int32(uint32(b[n-4]) | uint32(b[n-3])<<8 | uint32(b[n-2])<<16 | uint32(b[n-1])<<24)
		if o.code(vaddr + uint64(int64(rel))) {
			return 5, true
		}
	}
	for l := 2; l <= 7 && l <= n; l++ { // call *reg, call *mem: ff /2
		c := b[n-l:]
		if c[0] != 0xff && (l < 3 || c[1] != 0xff || c[0]&0xf0 != 0x40) {
			continue
		}
		if in, ok := decodeBytes(c, 0); ok && in.Op == x86asm.CALL && in.Len == l {
			// A REX prefix belongs to it; prefer the longer reading.
			if l < n && b[n-l-1]&0xf0 == 0x40 && c[0] == 0xff {
				if longer, ok := decodeBytes(b[n-l-1:], 0); ok && longer.Op == x86asm.CALL && longer.Len == l+1 {
					return l + 1, true
				}
			}
			return l, true
		}
	}
	return 0, false
}

// afterSyscall reports whether an address of the file follows a syscall instruction.
func (o *object) afterSyscall(vaddr uint64) bool {
	var b [2]byte
	return vaddr >= 2 && o.code(vaddr-2) && o.read(b[:], vaddr-2) == 2 && b == [2]byte{0x0f, 0x05}
}
