package symbolize

import (
	"debug/elf"
	"math/bits"
	"sort"
	"syscall"

	"golang.org/x/arch/x86/x86asm"
)

// Evidence for a load address is counted in bits: how unlikely it is that a wrong
// address would show it. Counted at random places in the code of libc, libstdc++, node,
// chromium and cargo, and rounded down.
const (
	bitsCall    = 5  // a word on the stack follows a call: 1 place in 52 to 118 does
	bitsSyscall = 11 // rip follows a syscall instruction: 28 of 60,000 places in libc, none elsewhere
	bitsFault   = 9  // the operand of the instruction at rip is the fault address
	bitsNull    = 4  // the same where the fault is near 0: registers are 0 everywhere
	bitsUnwound = 5  // .eh_frame leads from rip to a word that follows a call
	bitsClass   = 8  // the instruction is of the class that the signal tells: a division, an invalid one
	bitsEntry   = 9  // a word is the entry point, which the start code leaves on the stack
	bitsMargin  = 4  // lead over the second best, and over chance for a library
	bitsSure    = 8  // beyond the number of candidates, to call it certain
)

// inferProgram tries every page on which the kernel can have put a PIE. Nothing else
// that executes lies so low: where RIP does, it is in the program's code.
func (s *space) inferProgram(o *object) (base uint64, sure, ok bool) {
	c := s.crash
	_, end := o.span()
	here := c.RIP >= programBase && c.RIP < programEnd && c.Fault != c.RIP
	var all []scored
	for b := uint64(programBase); b < programBase+programRange; b += pageSize {
		if s.memory.brk != 0 && (b+roundUp(end) > s.memory.brk || s.memory.brk-(b+roundUp(end)) >= brkRange) {
			continue
		}
		if here && !o.code(c.RIP-b) {
			continue
		}
		if n := s.score(o, b); n != contradicted {
			all = append(all, scored{b, n})
		}
	}
	if here && len(all) == 1 {
		return all[0].base, true, true
	}
	return choose(all, bits.Len(uint(len(all))))
}

// concernsProgram reports whether the dump has an address that may be the program's.
func (s *space) concernsProgram(o *object) bool {
	_, end := o.span()
	for _, w := range s.words() {
		if w >= programBase && w < programBase+programRange+end {
			return true
		}
	}
	return false
}

// scored is a candidate for a load address.
type scored struct {
	base uint64
	bits int
}

// choose takes the best candidate if it stands out. need is the logarithm of the number
// of candidates.
func choose(all []scored, need int) (base uint64, sure, ok bool) {
	if len(all) == 0 {
		return 0, false, false
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].bits > all[j].bits })
	lead := all[0].bits
	if len(all) > 1 {
		lead -= max(all[1].bits, 0)
	}
	if all[0].bits < need || lead < bitsMargin {
		return 0, false, false
	}
	return all[0].base, all[0].bits >= need+bitsSure && lead > bitsMargin, true
}

// contradicted is the score of an address that cannot be: the instruction at rip would
// not have faulted as it did.
const contradicted = -100

// score says how well a load address explains the dump.
func (s *space) score(o *object, base uint64) int {
	c := s.crash
	total := 0
	start, end := o.span()
	in := func(a uint64) bool { return a >= base+start && a-base < end }
	if in(c.RIP) {
		total = s.scoreRIP(o, base)
		if total == contradicted {
			return contradicted
		}
	}
	seen := map[uint64]bool{}
	for i, w := range c.Stack {
		if seen[w.Value] || !in(w.Value) {
			continue
		}
		seen[w.Value] = true
		rel := w.Value - base
		if _, ok := o.afterCall(rel); ok {
			total += bitsCall
		} else if rel == o.elf.Entry {
			total += bitsEntry
		} else if i == 0 && !in(c.RIP) && c.Fault == c.RIP && o.code(rel) {
			return contradicted // a wild call leaves its return address on top
		}
	}
	return total
}

// scoreRIP judges the instruction at RIP.
func (s *space) scoreRIP(o *object, base uint64) int {
	c := s.crash
	rel := c.RIP - base
	if c.HasFault && c.Fault == c.RIP && c.ErrorCode&errFetch != 0 {
		return 0 // the fetch failed; there is nothing to read
	}
	if !o.code(rel) {
		return contradicted
	}
	in, ok := o.decode(rel, c.RIP)
	switch sig := syscall.Signal(c.Signal); {
	case raised(c):
		if o.afterSyscall(rel) {
			return bitsSyscall
		}
		return contradicted
	case sig == syscall.SIGILL:
		if !ok || in.Op == x86asm.UD1 || in.Op == x86asm.UD2 {
			return bitsClass
		}
		if f, _ := featureOf(in.raw); f != "" {
			return bitsClass
		}
		return contradicted
	case sig == syscall.SIGFPE:
		if ok && (in.Op == x86asm.DIV || in.Op == x86asm.IDIV) {
			return bitsClass
		}
		return contradicted
	case sig == syscall.SIGSEGV && c.Vector == vectorGP:
		if kind, _ := s.protection(in); ok && kind != KindUnknown {
			return bitsFault
		}
		return 0
	case c.HasFault && c.Vector == vectorPage && c.Fault != c.RIP:
		if !ok {
			return 0 // AVX and others that the decoder does not know
		}
		if _, hit := touches(in.accesses(c.Regs), c.Fault); hit {
			if c.Fault < nullReach {
				return bitsNull
			}
			return bitsFault
		}
		if touchesUnseen(in) {
			return 0
		}
		return contradicted
	}
	if !ok {
		return 0
	}
	return 1
}

// contradicts reports whether the instruction at RIP cannot have caused the dump.
func (s *space) contradicts(p *placed) bool {
	return p.contains(s.crash.RIP) && s.scoreRIP(p.o, p.base) == contradicted
}

// touchesUnseen reports whether an instruction may touch memory that its operands do
// not tell: xsave, gathers, far calls.
func touchesUnseen(in insn) bool {
	switch in.Op {
	case x86asm.XSAVE, x86asm.XSAVEOPT, x86asm.XRSTOR, x86asm.FXSAVE, x86asm.FXRSTOR, x86asm.LCALL, x86asm.LRET, x86asm.CMPXCHG16B, x86asm.XLATB, x86asm.BT, x86asm.BTS, x86asm.BTR, x86asm.BTC, x86asm.MASKMOVDQU:
		return true
	}
	return false
}

// guess is where a library may have been.
type guess struct {
	p    *placed
	bits int
	lead int // over the second best place of the same library
}

// inferLibraries finds libraries that no trace shows, by what a console log alone has:
// RIP and the words of the stack. All libraries compete, since a crash in a library that
// is not among them must not be laid to another.
func (s *space) inferLibraries() {
	if len(s.memory.files) > 0 {
		return // the trace shows all of them
	}
	budget := maxTried
	var guesses []guess
	for _, path := range s.candidateLibraries() {
		o := s.object(path)
		if o == nil || !o.pie() || s.isPlaced(o) {
			continue
		}
		if g, ok := s.inferLibrary(o, &budget); ok {
			guesses = append(guesses, g)
		}
	}
	need := bits.Len(uint(maxTried-budget)) + bitsMargin
	for i := range guesses {
		if g := &guesses[i]; g.bits >= need && g.lead >= bitsMargin && !g.rivalled(guesses) {
			g.p.sure = g.bits >= need+bitsSure
			s.placed = append(s.placed, g.p)
		}
	}
}

// rivalled reports whether another library explains the same words about as well.
func (g *guess) rivalled(all []guess) bool {
	from, to := g.p.memory()
	for i := range all {
		start, end := all[i].p.memory()
		if all[i].p != g.p && start < to && from < end && all[i].bits > g.bits-bitsMargin {
			return true
		}
	}
	return false
}

// memory is the range of addresses that the object takes.
func (p *placed) memory() (from, to uint64) {
	start, end := p.o.span()
	return p.base + start, p.base + end
}

func (s *space) isPlaced(o *object) bool {
	for _, p := range s.placed {
		if p.o == o {
			return true
		}
	}
	return false
}

// candidateLibraries are the libraries that may have been loaded, the loader included.
func (s *space) candidateLibraries() []string {
	out := append([]string(nil), s.in.Libraries...)
	for _, o := range s.objects {
		if o != nil && o.interp != "" && o.path == s.in.Program {
			out = append(out, o.interp)
		}
	}
	return out
}

// inferLibrary tries, for the first words of the dump that no object claims, every page
// of the library's code that they can be in.
func (s *space) inferLibrary(o *object, budget *int) (guess, bool) {
	const anchors = 6 // words tried as the one that lies in this library
	words, tried := 0, map[uint64]bool{}
	var all []scored
	for i, w := range s.words() {
		if w < mmapStart || w >= 1<<47 || s.find(w) != nil || s.onStack(w) {
			continue
		}
		if words++; words > anchors {
			break
		}
		for _, l := range o.loads {
			if l.flags&elf.PF_X == 0 {
				continue
			}
			for page := l.vaddr &^ (pageSize - 1); page < l.vaddr+min(l.memsz, l.filesz); page += pageSize {
				if *budget--; *budget <= 0 {
					s.note("too much code to infer where libraries lay; a run with --trace tells it")
					return guess{}, false
				}
				rel := page + w&(pageSize-1)
				if _, call := o.afterCall(rel); i > 0 && !call {
					continue
				}
				if b := w - rel; b >= mmapStart && b < w && !tried[b] {
					tried[b] = true
					if n := s.score(o, b); n > 0 {
						all = append(all, scored{b, n + s.unwound(o, b)})
					}
				}
			}
		}
	}
	if len(all) == 0 {
		return guess{}, false
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].bits > all[j].bits })
	g := guess{p: &placed{o: o, base: all[0].base, from: FromInferred}, bits: all[0].bits, lead: all[0].bits}
	if len(all) > 1 {
		g.lead -= all[1].bits
	}
	return g, true
}

// unwound is the evidence of a stack that unwinds, were o at base.
func (s *space) unwound(o *object, base uint64) int {
	p := &placed{o: o, base: base}
	if !p.contains(s.crash.RIP) {
		return 0
	}
	s.placed = append(s.placed, p)
	defer func() { s.placed = s.placed[:len(s.placed)-1] }()
	w, pc, total := s.walk(), s.crash.RIP, 0
	for first := true; total < 3*bitsUnwound; first = false {
		ret, ok := w.step(s, pc, first)
		if !ok || !s.returnAddress(ret) {
			break
		}
		total += bitsUnwound
		pc = ret
	}
	return total
}

// onStack reports whether a value points into the dumped stack's surroundings.
func (s *space) onStack(v uint64) bool {
	return v-s.crash.RSP+stackNear < 2*stackNear
}

// stackNear is the distance from RSP within which a word is taken for a stack address.
const stackNear = 1 << 20
