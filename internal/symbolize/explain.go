package symbolize

import (
	"errors"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// Input is what is known of a crash. Crash is required; every other field makes the
// report better.
type Input struct {
	Crash       *tracelog.Crash
	Events      []strace.Event // calls of the guest before it, in order
	Program     string         // path of the program in the guest
	ProgramHost string         // its file on the host; "" when not at hand
	NoASLR      bool           // the image's manifest has noaslr
	// Libraries are guest paths of libraries that may have been loaded: the closure of
	// the program, and what a native run loaded. They serve where the trace does not
	// name them: logs without a trace, and traces of Nanos 0.1.50 and earlier.
	Libraries []string
	// Host gives the host's file for a path in the guest, "" for none. nil: the same path.
	Host func(guest string) string
}

// errNoCrash is the error for an Input without a Crash.
var errNoCrash = errors.New("explain a crash: the log has no crash dump")

// Explain says what a crash dump means. Whatever cannot be told is left out of the
// Report and noted in its Incomplete; the error is for an Input without a dump, and for
// files so damaged that reading them failed at an unforeseen place.
func Explain(in Input) (r *Report, err error) {
	if in.Crash == nil {
		return nil, errNoCrash
	}
	if in.Program == "" {
		in.Program = guestName(in.ProgramHost)
	}
	defer func() {
		if err != nil {
			r = nil
		}
	}()
	defer guard("explain a crash", &err)
	if in.Crash.Kernel {
		return kernelReport(in.Crash), nil
	}
	s := newSpace(&in)
	defer s.close()
	s.lay()
	r = &Report{Signal: strace.SignalName(syscall.Signal(in.Crash.Signal))}
	r.Frames = s.name(s.frames())
	if r.aborted() {
		// What lies behind abort's own large frame is left over from calls that ended.
		r.Frames = slices.DeleteFunc(r.Frames, func(f Frame) bool { return !f.Certain })
	}
	s.judge(r)
	r.Bases = s.bases(r.Frames)
	r.Incomplete = s.incomplete
	return r, nil
}

// guestName is where Ops puts a program of the host by default.
func guestName(host string) string {
	if host == "" {
		return ""
	}
	return "/" + baseName(host)
}

// name fills in symbols and lines, one pass over the symbol tables of each object.
func (s *space) name(frames []Frame) []Frame {
	byObject := map[*placed][]int{}
	for i := range frames {
		f := &frames[i]
		if p := s.find(f.Addr); p != nil {
			f.Object, f.Rel = p.o.path, f.Addr-p.base
			byObject[p] = append(byObject[p], i)
		} else if m := s.memory.fileAt(f.Addr); m != nil && m.path != "" {
			f.Object, f.Rel = m.path, f.Addr-m.pieces[0].start
			if m.exec && s.objects[m.path] == nil {
				s.note("%s is not at hand, so its functions have no names here", m.path)
			}
		}
	}
	inlines := map[int][]inlined{}
	for p, list := range byObject {
		s.nameIn(p, frames, list, inlines)
	}
	s.nameFromDump(frames)
	return expand(frames, inlines)
}

// expand puts the functions that were inlined at a frame before it, innermost first.
// The position in the line table is that of the innermost.
func expand(frames []Frame, inlines map[int][]inlined) []Frame {
	out := make([]Frame, 0, len(frames))
	for i, f := range frames {
		list := inlines[i]
		file, line := f.File, f.Line
		for j := len(list) - 1; j >= 0; j-- {
			in := f
			in.Symbol, in.Offset, in.Inlined, in.File, in.Line = list[j].name, 0, true, file, line
			out = append(out, in)
			file, line = list[j].file, list[j].line
		}
		f.File, f.Line = file, line
		out = append(out, f)
	}
	return out
}

// lookupAddr is the address to look a frame up by: inside the call for a return address.
func (f *Frame) lookupAddr() uint64 {
	if f.ret {
		return f.Rel - 1
	}
	return f.Rel
}

func (s *space) nameIn(p *placed, frames []Frame, list []int, inlines map[int][]inlined) {
	addrs := make([]uint64, 0, len(list))
	for _, i := range list {
		addrs = append(addrs, frames[i].lookupAddr())
	}
	names := p.o.lookup(addrs)
	var lines *lineTable
	if !machinery(p.o.path) {
		lines = p.o.lineTable()
	}
	for _, i := range list {
		f := &frames[i]
		if sym, ok := names[f.lookupAddr()]; ok {
			f.mangled, f.Symbol, f.Offset = sym.name, demangled(sym.name), f.Rel-sym.value
		}
		if lines == nil {
			continue
		}
		pl, err := lines.find(f.lookupAddr())
		if err != nil {
			s.note("lines of %s: %v", p.o.path, err)
		}
		f.File, f.Line = pl.file, pl.line
		if f.Symbol == "" && pl.fn != "" {
			f.Symbol, f.Offset = pl.fn, f.Rel-pl.entry
		}
		if pl.file != "" && lines.dwarf != nil {
			if inlines[i], err = lines.inlines(f.lookupAddr()); err != nil {
				s.note("inlined functions of %s: %v", p.o.path, err)
			}
		}
	}
}

// nameFromDump takes the names that the kernel printed (ingest_program_symbols) for
// what has none yet.
func (s *space) nameFromDump(frames []Frame) {
	printed := map[uint64]string{s.crash.RIP: s.crash.RIPSymbol}
	for _, list := range [][]tracelog.StackWord{s.crash.Stack, s.crash.Frames} {
		for _, w := range list {
			if w.Symbol != "" {
				printed[w.Value] = w.Symbol
			}
		}
	}
	for i := range frames {
		f := &frames[i]
		if f.Symbol == "" {
			f.mangled, f.Offset = splitSymbol(printed[f.Addr])
			f.Symbol = demangled(f.mangled)
		}
	}
}

// splitSymbol reads "crash + 0000000000000000/0000000000000007".
func splitSymbol(s string) (name string, off uint64) {
	name, rest, ok := strings.Cut(s, " + ")
	if !ok {
		return s, 0
	}
	hex, _, _ := strings.Cut(rest, "/")
	if n := numbers("0x" + hex); len(n) > 0 {
		off = n[0]
	}
	return name, off
}

// bases lists where the objects of the frames lay.
func (s *space) bases(frames []Frame) []Base {
	var out []Base
	for _, p := range s.placed {
		for i := range frames {
			if s.find(frames[i].Addr) == p {
				start, end := p.o.span()
				out = append(out, Base{Object: p.o.path, Addr: p.base, Start: p.base + start, End: p.base + end, From: p.from})
				break
			}
		}
	}
	return out
}

// kernelReport is the report of a fault in the kernel, which prints its own symbols.
func kernelReport(c *tracelog.Crash) *Report {
	r := &Report{Kind: KindKernel, What: "the Nanos kernel itself faulted"}
	add := func(addr uint64, text string, ret bool) {
		name, off := splitSymbol(text)
		r.Frames = append(r.Frames, Frame{Addr: addr, Object: "kernel", Rel: addr - c.LoadOffset, Symbol: name, Offset: off, Certain: true, ret: ret})
	}
	add(c.RIP, c.RIPSymbol, false)
	for _, w := range c.Frames {
		if len(r.Frames) < maxFrames {
			add(w.Value, w.Symbol, true)
		}
	}
	return r
}
