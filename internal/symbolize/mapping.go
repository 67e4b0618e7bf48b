package symbolize

import (
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// piece is one mmap of a file.
type piece struct{ start, end, off uint64 }

// mapped is a file that the program mapped, piece by piece. The loader maps the whole
// span of a library first and then each segment over it.
type mapped struct {
	path     string // in the guest; "" in the old format, which prints no path of an open that worked
	size     int64  // of the file; 0 when unknown
	failed   string // old format: the path that was looked up in vain just before
	pieces   []piece
	exec     bool
	unloaded bool // unmapped again (dlclose)
}

func (m *mapped) contains(addr uint64) bool {
	return addr >= m.pieces[0].start && addr < m.end()
}

// end is the end of the span: the first piece covers it, for every loader seen.
func (m *mapped) end() uint64 {
	end := uint64(0)
	for _, p := range m.pieces {
		end = max(end, p.end)
	}
	return end
}

// memory is what the trace tells of the address space.
type memory struct {
	files   []*mapped
	sealed  []piece // mprotect to read-only: where RELRO segments lie
	brk     uint64  // first result of brk: the end of the program, up to 4 MB further on
	lost    string  // library whose open failed last, and that was never found
	anons   []piece // anonymous memory, bounded
	fds     map[int]*opened
	missing string // path of the last failed open
}

// opened is an open descriptor.
type opened struct {
	path, failed string
	size         int64
}

// readMemory follows the calls that shape the address space.
func readMemory(events []strace.Event) *memory {
	m := &memory{fds: map[int]*opened{}}
	for i := range events {
		e := &events[i]
		if e.Kind != strace.KindCall {
			continue
		}
		if f := memoryCalls[e.Name]; f != nil {
			f(m, e)
		}
	}
	return m
}

var memoryCalls = map[string]func(*memory, *strace.Event){
	"open": (*memory).open, "openat": (*memory).open, "openat2": (*memory).open,
	"close": func(m *memory, e *strace.Event) {
		if n := numbers(e.Args); len(n) > 0 && e.OK() {
			delete(m.fds, int(n[0]))
		}
	},
	"fstat": (*memory).stat, "newfstatat": (*memory).stat,
	"mmap": (*memory).mmap, "munmap": (*memory).munmap, "mprotect": (*memory).mprotect,
	"brk": func(m *memory, e *strace.Event) {
		if m.brk == 0 && e.OK() {
			m.brk = uint64(e.Ret)
		}
	},
}

func (m *memory) open(e *strace.Event) {
	p := e.Abs
	if p == "" {
		p = e.Path
	}
	if e.Failed() {
		m.missing = p
		if isLibraryName(p) {
			m.lost = p
		}
		return
	}
	if !e.OK() || len(m.fds) >= maxObjects {
		return
	}
	m.fds[int(e.Ret)] = &opened{path: p, size: e.Size, failed: m.missing}
	m.missing = ""
	if p == "" || m.lost != "" && baseName(p) == baseName(m.lost) {
		m.lost = "" // the search went on and found it
	}
}

// newfstatat(3, "", [{st_ino=0x…, st_mode=0x81ff, st_size=1926232}], 4096) = 0
// fd 3, stat 0x00000000ffc8eef0
func (m *memory) stat(e *strace.Event) {
	n := numbers(e.Args)
	if len(n) == 0 || e.Path != "" || !e.OK() || e.Size <= 0 {
		return
	}
	if f := m.fds[int(n[0])]; f != nil {
		f.size = e.Size
	}
}

// isLibraryName reports whether a path looks like a shared object: x.so, x.so.1.
func isLibraryName(p string) bool {
	b := baseName(p)
	i := strings.Index(b, ".so")
	return i > 0 && (i+3 == len(b) || b[i+3] == '.') && !strings.HasPrefix(b, "ld.so.")
}

func baseName(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// mmap(0x…, 1400832, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED, 3, 155648) = 0x42402e6f000
// mmap: addr 0x…, length 0x156000, prot 0x5, flags 0x812, fd 3, offset 0x26000
func (m *memory) mmap(e *strace.Event) {
	n := numbers(e.Args)
	if len(n) < 6 || !e.OK() {
		return
	}
	start := uint64(e.Ret)
	p := piece{start, start + roundUp(n[1]), n[5]}
	if p.end <= p.start {
		return
	}
	f := m.fds[int(int32(n[4]))]
	if f == nil {
		if len(m.anons) < maxObjects {
			m.anons = append(m.anons, p)
		}
		return
	}
	exec := e.Flags&4 != 0
	for i := len(m.files) - 1; i >= 0 && i >= len(m.files)-4; i-- {
		g := m.files[i]
		if g.path == f.path && g.size == f.size && !g.unloaded && g.contains(start) {
			g.pieces = append(g.pieces, p)
			g.exec = g.exec || exec
			return
		}
	}
	m.shadow(p)
	if len(m.files) < maxObjects {
		m.files = append(m.files, &mapped{path: f.path, size: f.size, failed: f.failed, pieces: []piece{p}, exec: exec})
	}
}

// munmap(0x…, 16400); munmap: addr 0x…, size 0x4010
func (m *memory) munmap(e *strace.Event) {
	n := numbers(e.Args)
	if len(n) >= 2 && e.OK() {
		m.shadow(piece{start: n[0], end: n[0] + roundUp(n[1])})
	}
}

// shadow marks files as gone whose whole span p covers.
func (m *memory) shadow(p piece) {
	for _, f := range m.files {
		if p.start <= f.pieces[0].start && p.end >= roundUp(f.end()) {
			f.unloaded = true
		}
	}
}

// mprotect(0x…, 16384, 0x1); mprotect: addr 0x…, len 0x4000, prot 0x1
func (m *memory) mprotect(e *strace.Event) {
	const protRead = 1
	n := numbers(e.Args)
	if len(n) >= 2 && e.OK() && e.Flags == protRead && len(m.sealed) < maxObjects {
		m.sealed = append(m.sealed, piece{start: n[0], end: n[0] + roundUp(n[1])})
	}
}

func roundUp(n uint64) uint64 { return (n + pageSize - 1) &^ (pageSize - 1) }

// numbers reads the arguments of a call: plain in the new format, each behind its name
// in the old one. Words count as 0.
func numbers(args string) []uint64 {
	if i := strings.Index(args, ": "); i >= 0 && i < 16 {
		args = args[i+2:]
	}
	var out []uint64
	for s := range strings.SplitSeq(args, ", ") {
		if i := strings.LastIndexByte(s, ' '); i >= 0 {
			s = s[i+1:]
		}
		n, err := strconv.ParseInt(s, 0, 64)
		if err != nil {
			u, _ := strconv.ParseUint(s, 0, 64)
			n = int64(u)
		}
		if out = append(out, uint64(n)); len(out) == 8 {
			break
		}
	}
	return out
}

// fileAt is the file mapped at an address, the latest first.
func (m *memory) fileAt(addr uint64) *mapped {
	var gone *mapped
	for i := len(m.files) - 1; i >= 0; i-- {
		f := m.files[i]
		if !f.contains(addr) {
			continue
		}
		if !f.unloaded {
			return f
		}
		if gone == nil {
			gone = f
		}
	}
	return gone
}
