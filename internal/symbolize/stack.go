package symbolize

import "golang.org/x/arch/x86/x86asm"

// frames walks the stack: unwound as far as the dump's words reach, then whatever else
// on the stack looks like a return address.
func (s *space) frames() []Frame {
	w := s.walk()
	out := []Frame{{Addr: s.crash.RIP, Certain: s.sureAt(s.crash.RIP)}}
	pc, first := s.crash.RIP, true
	for len(out) < maxFrames {
		ret, ok := w.step(s, pc, first)
		if !ok {
			break
		}
		out = append(out, Frame{Addr: ret, Certain: out[len(out)-1].Certain && w.sure && s.sureAt(ret), ret: true})
		pc, first = ret, false
	}
	if w.ended {
		return out
	}
	for _, word := range s.crash.Stack {
		if word.Addr < w.regs[rspReg] || len(out) >= maxFrames {
			continue
		}
		// Leftovers of libc's own calls tell nothing.
		p := s.find(word.Value)
		_, off := splitSymbol(word.Symbol) // of the kernel, where the file is not at hand
		if p != nil && !machinery(p.o.path) && s.returnAddress(word.Value) || p == nil && off > 0 {
			out = append(out, Frame{Addr: word.Value, ret: true})
		}
	}
	return out
}

// sureAt reports whether what lies at an address is known, not guessed.
func (s *space) sureAt(addr uint64) bool {
	p := s.find(addr)
	return p == nil || p.sure
}

// returnAddress reports whether a word follows a call in known code.
func (s *space) returnAddress(v uint64) bool {
	p := s.find(v)
	if p == nil {
		return false
	}
	_, ok := p.o.afterCall(v - p.base)
	return ok
}

// walker is the state of unwinding.
type walker struct {
	regs  [16]uint64
	known [16]bool
	words map[uint64]uint64 // the dumped stack
	sure  bool              // the last step was by .eh_frame
	ended bool              // the outermost frame was reached
}

func (s *space) walk() *walker {
	w := &walker{words: map[uint64]uint64{}}
	for i, name := range dwarfRegs {
		w.regs[i], w.known[i] = s.crash.Regs[name]
	}
	if !w.known[rspReg] {
		w.regs[rspReg], w.known[rspReg] = s.crash.RSP, s.crash.RSP != 0
	}
	for _, word := range s.crash.Stack {
		w.words[word.Addr] = word.Value
	}
	// The kernel followed rbp, further than its 32 words reach: each entry is where a
	// return address lies, below it the next frame pointer. Entries that do not climb
	// come from an rbp that is no frame pointer.
	frames := s.crash.Frames
	for i := 0; i+1 < len(frames) && frames[i].Addr < frames[i+1].Addr; i++ {
		w.words[frames[i].Addr] = frames[i].Value
		w.words[frames[i].Addr-8] = frames[i+1].Addr - 8
		w.words[frames[i+1].Addr] = frames[i+1].Value
	}
	return w
}

// step leaves the function of pc. first is set for RIP itself; elsewhere pc is a return
// address, which may lie behind the last instruction of its function.
func (w *walker) step(s *space, pc uint64, first bool) (ret uint64, ok bool) {
	p := s.find(pc)
	if first && (p == nil || !p.o.code(pc-p.base)) {
		return w.popped(s) // a call that went wrong: the return address is on top
	}
	if p == nil {
		return 0, false
	}
	rel := pc - p.base
	if !first {
		rel--
	}
	r, found := p.o.cfi(rel)
	switch {
	case !found:
		return w.framePointer(s, p.o)
	case r.last:
		w.ended = true
		return 0, false
	case r.expr || r.signal || r.reg < 0 || r.reg > 15 || !w.known[r.reg] || !r.has[raReg]:
		return 0, false
	}
	cfa := w.regs[r.reg] + uint64(r.off)
	ret, ok = w.words[cfa+uint64(r.saved[raReg])]
	if !ok || cfa <= w.regs[rspReg] {
		return 0, false
	}
	if ret == 0 {
		w.ended = true
		return 0, false
	}
	for i := range w.regs {
		if r.has[i] {
			w.regs[i], w.known[i] = w.lookup(cfa + uint64(r.saved[i]))
		} else if !calleeSaved[i] {
			w.known[i] = false
		}
	}
	w.regs[rspReg], w.known[rspReg] = cfa, true
	w.sure = true
	return ret, true
}

func (w *walker) lookup(addr uint64) (uint64, bool) {
	v, ok := w.words[addr]
	return v, ok
}

// popped takes the return address off the top of the stack.
func (w *walker) popped(s *space) (uint64, bool) {
	ret, ok := w.words[w.regs[rspReg]]
	if !ok || !s.returnAddress(ret) {
		return 0, false
	}
	w.regs[rspReg] += 8
	for i := range w.known {
		w.known[i] = w.known[i] && (calleeSaved[i] || i == rspReg)
	}
	w.sure = true
	return ret, true
}

// framePointer leaves a function without .eh_frame by rbp. In Go code that holds a frame
// pointer; elsewhere it is a guess that the return address must bear out.
func (w *walker) framePointer(s *space, o *object) (uint64, bool) {
	bp := w.regs[rbpReg]
	ret, ok := w.words[bp+8]
	if !w.known[rbpReg] || !ok || bp < w.regs[rspReg] || !s.returnAddress(ret) {
		return 0, false
	}
	w.regs[rspReg] = bp + 16
	w.regs[rbpReg], w.known[rbpReg] = w.lookup(bp)
	w.sure = o.pclntab() != nil
	return ret, true
}

// callBefore decodes the call that a return address belongs to.
func (s *space) callBefore(ret uint64) (insn, *placed, bool) {
	p := s.find(ret)
	if p == nil {
		return insn{}, nil, false
	}
	n, ok := p.o.afterCall(ret - p.base)
	if !ok {
		return insn{}, nil, false
	}
	in, ok := p.o.decode(ret-p.base-uint64(n), ret-uint64(n))
	return in, p, ok && in.Op == x86asm.CALL
}
