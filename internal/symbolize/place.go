package symbolize

import (
	"fmt"
	"path"

	"github.com/nanodiag/nanodiag/tracelog"
)

// Where Nanos puts programs, from unix/exec.c and unix/unix_internal.h of 0.1.37 to
// July 2026.
const (
	programBase  = 0x400000 // DEFAULT_PROG_ADDR: a PIE without ASLR
	programRange = 4 << 20  // PROCESS_PIE_LOAD_ASLR_RANGE: a PIE lies on a page of this range
	brkRange     = 4 << 20  // PROCESS_HEAP_ASLR_RANGE: between the end of the program and brk
	programEnd   = 3 << 30  // PROCESS_ELF_LOAD_END
	mmapStart    = 1 << 32  // PROCESS_VIRTUAL_HEAP_START: everything mapped lies above
	stackTop     = 1 << 32  // the main stack ends at most 4 MB below it
)

// placed is an object at its address.
type placed struct {
	o    *object
	base uint64
	from From
	sure bool // From is not inference, or inference without a rival
	gone bool // unloaded before the crash
}

func (p *placed) contains(addr uint64) bool {
	start, end := p.o.span()
	return addr >= p.base+start && addr-p.base < end
}

// space is the address space of the crash.
type space struct {
	in         *Input
	crash      *tracelog.Crash
	memory     *memory
	objects    map[string]*object // by guest path; nil values for files that cannot be read
	placed     []*placed
	incomplete []string
}

func newSpace(in *Input) *space {
	return &space{in: in, crash: in.Crash, memory: readMemory(in.Events), objects: map[string]*object{}}
}

func (s *space) close() {
	for _, o := range s.objects {
		o.close()
	}
}

func (s *space) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, t := range s.incomplete {
		if t == text {
			return
		}
	}
	s.incomplete = append(s.incomplete, text)
}

// object opens a file of the guest once; nil when it cannot be had.
func (s *space) object(guest string) *object {
	if o, ok := s.objects[guest]; ok || guest == "" {
		return o
	}
	if len(s.objects) >= maxObjects {
		return nil
	}
	host := guest
	if s.in.Host != nil {
		host = s.in.Host(guest)
	}
	return s.open(guest, host)
}

func (s *space) open(guest, host string) *object {
	s.objects[guest] = nil
	if host == "" {
		return nil
	}
	o, err := openObject(guest, host)
	if err != nil {
		return nil
	}
	s.objects[guest] = o
	return o
}

// lay finds out where everything lay.
func (s *space) lay() {
	program := s.program()
	s.libraries()
	s.interpreter(program)
	if program != nil {
		s.placeProgram(program)
	}
	s.inferLibraries()
}

func (s *space) program() *object {
	if s.in.ProgramHost == "" {
		return nil
	}
	guest := s.in.Program
	if guest == "" {
		guest = "/" + path.Base(s.in.ProgramHost)
	}
	o := s.open(guest, s.in.ProgramHost)
	if o == nil {
		s.note("%s cannot be read as an x86-64 program", s.in.ProgramHost)
	}
	return o
}

// placeProgram finds the load address of the program itself, which the kernel maps
// without a call that a trace could show.
func (s *space) placeProgram(o *object) {
	p := &placed{o: o, sure: true}
	switch {
	case !o.pie():
		p.from = FromFixed
	case s.in.NoASLR:
		p.base, p.from = programBase, FromNoASLR
	default:
		if base, ok := s.sealedBase(o, programBase, programBase+programRange); ok {
			p.base, p.from = base, FromTrace
			break
		}
		base, sure, ok := s.inferProgram(o)
		if !ok && !s.concernsProgram(o) {
			return
		}
		if !ok {
			s.note("the load address of %s is not known; a run with --trace, or with ManifestPassthrough {\"noaslr\": \"t\"}, tells it", o.path)
			return
		}
		p.base, p.from, p.sure = base, FromInferred, sure
	}
	if s.contradicts(p) {
		s.note("the code at rip in %s does not explain the fault: the file may not be the one that crashed", o.host)
	}
	s.placed = append(s.placed, p)
}

// sealedBase finds the mprotect call that makes the RELRO segment of o read-only, in a
// range of load addresses. glibc, musl and static PIE start-up code all do this.
func (s *space) sealedBase(o *object, from, to uint64) (uint64, bool) {
	start := o.relro.vaddr &^ (pageSize - 1)
	end := (o.relro.vaddr + o.relro.memsz) &^ (pageSize - 1)
	if o.relro.memsz == 0 || end <= start {
		return 0, false
	}
	for _, p := range s.memory.sealed {
		base := p.start - start
		if p.end-p.start == end-start && base >= from && base < to && s.memory.fileAt(p.start) == nil {
			return base, true
		}
	}
	return 0, false
}

// interpreter places the program's loader, which the kernel maps too.
func (s *space) interpreter(program *object) {
	if program == nil || program.interp == "" {
		return
	}
	o := s.object(program.interp)
	if o == nil {
		return
	}
	if base, ok := s.sealedBase(o, mmapStart, 1<<47); ok {
		s.placed = append(s.placed, &placed{o: o, base: base, from: FromTrace, sure: true})
	}
}

// libraries places what the trace shows being mapped.
func (s *space) libraries() {
	for _, f := range s.memory.files {
		if !f.exec && len(f.pieces) < 2 {
			continue // a data file
		}
		o := s.identify(f)
		if o == nil {
			continue
		}
		start, _ := o.span()
		s.placed = append(s.placed, &placed{o: o, base: f.pieces[0].start - start, from: FromTrace, sure: true, gone: f.unloaded})
	}
}

// identify finds the file behind a mapping: by its path, or, in the old trace format
// that prints none, among the known libraries by size and layout.
func (s *space) identify(f *mapped) *object {
	if f.path != "" {
		o := s.object(f.path)
		if o != nil && !o.fits(f) {
			if s.concerns(f) {
				s.note("%s on this host is another build than the one in the guest", f.path)
			}
			return nil
		}
		return o
	}
	for _, p := range append([]string{f.failed}, s.in.Libraries...) {
		if o := s.object(p); o != nil && o.fits(f) {
			return o
		}
	}
	return nil
}

// concerns reports whether the dump has an address in the mapping.
func (s *space) concerns(f *mapped) bool {
	for _, a := range s.words() {
		if f.contains(a) {
			return true
		}
	}
	return false
}

// fits compares a mapping with the segments of the file, so that another build of a
// library, with other code at the same places, is not taken for the guest's.
func (o *object) fits(f *mapped) bool {
	if f.size != 0 && f.size != o.size {
		return false
	}
	start, end := o.span()
	if f.end()-f.pieces[0].start != roundUp(end)-start {
		return false
	}
	base := f.pieces[0].start - start
	for _, p := range f.pieces[1:] {
		ok := false
		for _, l := range o.loads {
			if l.vaddr&^(pageSize-1) == p.start-base && l.off&^(pageSize-1) == p.off {
				ok = true
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// find returns the object at an address: those in place first.
func (s *space) find(addr uint64) *placed {
	var gone *placed
	for i := len(s.placed) - 1; i >= 0; i-- {
		p := s.placed[i]
		if !p.contains(addr) {
			continue
		}
		if !p.gone {
			return p
		}
		gone = p
	}
	return gone
}

// words are the addresses that the dump holds, innermost first.
func (s *space) words() []uint64 {
	c := s.crash
	out := []uint64{c.RIP}
	for _, w := range c.Stack {
		out = append(out, w.Value)
	}
	for _, w := range c.Frames {
		out = append(out, w.Value)
	}
	return out
}
