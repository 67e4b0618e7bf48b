package strace

import (
	"encoding/binary"
	"path"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Bounds of a walk up the stack.
const (
	maxFrames     = 96       // a dlopen has about 20 in the loader and libc, with dependencies some more
	stackSnapshot = 4 << 10  // bytes read at once; the frames of a dlopen take about 3 KiB
	maxKnownRows  = 16 << 10 // rows kept; the loader and libc need some hundred
	maxMapsText   = 16 << 20 // bytes of /proc/PID/maps; a JVM has about 1 MB
)

// unwinder tells who asked for a library: the object whose code called dlopen, by a
// walk up the stack through the frames of the loader and libc.
type unwinder struct {
	rows    map[rowKey]*knownRow
	objects map[objectKey]*knownObject
	stack   [stackSnapshot]byte
	text    []byte // of /proc/PID/maps
}

// rowKey is an address in an object, the same in every process.
type rowKey struct {
	id string
	pc uint64 // from the object's base
}

// knownRow is a row with what it is good for; row is nil when there is none.
type knownRow struct {
	row   *frameRow
	start uint64 // of the function, from the object's base
}

type objectKey struct {
	base uint64
	id   string
}

// knownObject is an object's headers, at one base.
type knownObject struct {
	info    objectInfo
	err     error
	dlopens []uint64 // addresses of dlopen and dlmopen
	looked  bool     // for them
}

// role says what an object's frames mean for the question who asked.
type role uint8

const (
	roleAsker  role = iota // whoever it is, it is the answer
	roleLoader             // the dynamic loader
	roleLibc               // passes requests on by dlopen; makes some of its own (NSS, iconv)
	roleDL                 // libdl before glibc 2.34: passes requests on
)

// rolePrefixes are by base name. musl's one file is libc and loader, and never asks
// for itself.
var rolePrefixes = []struct {
	prefix string
	role   role
}{
	{"ld-linux", roleLoader}, {"ld-musl", roleLoader}, {"ld.so", roleLoader}, {"ld-2.", roleLoader},
	{"libc.musl", roleLoader}, {"libc.so.6", roleLibc}, {"libc-2.", roleLibc}, {"libdl.so.2", roleDL}, {"libdl-2.", roleDL},
}

func roleOf(object string) role {
	base := path.Base(object)
	for _, p := range rolePrefixes {
		if strings.HasPrefix(base, p.prefix) {
			return p.role
		}
	}
	return roleAsker
}

// asksForLibrary reports whether the pending call looks for a file that is named like
// a library.
func (c *nativeCall) asksForLibrary() bool {
	switch c.rule.name {
	case "open", "openat":
		return c.abi == abiNative && c.flags&unix.O_ACCMODE == unix.O_RDONLY && looksLikeLibrary(path.Base(c.path))
	}
	return false
}

// caller returns the object whose code made the request that the pending call of t
// belongs to, "" when that cannot be told for sure.
func (tr *tracer) caller(t *tracee) string {
	var r unix.PtraceRegs
	if ptrace(unix.PTRACE_GETREGS, t.tid, 0, uintptr(unsafe.Pointer(&r))) != 0 {
		return ""
	}
	if r.Fs_base == 0 {
		return "" // no thread pointer yet: the loader, at work on DT_NEEDED before the program runs
	}
	tr.knowCode(t, false)
	w := walk{tr: tr, t: t, sp: r.Rsp, memory: func(addr uint64, b []byte) bool { return readAll(t.tid, addr, b) }}
	w.regs = [numRegs]uint64{r.Rax, r.Rdx, r.Rcx, r.Rbx, r.Rsi, r.Rdi, r.Rbp, r.Rsp, r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15, r.Rip}
	n, _ := readMemory(t.tid, r.Rsp, tr.unwind.stack[:])
	w.stack = tr.unwind.stack[:n]
	return w.asker()
}

// readAll fills b from the task's memory. A read ends at the first page that cannot be
// read.
func readAll(tid int, addr uint64, b []byte) bool {
	n, e := readMemory(tid, addr, b)
	return e == 0 && n == len(b)
}

// knowCode reads the process's mappings unless they are known. With bases it does so
// again, to learn where objects begin that were mapped meanwhile.
func (tr *tracer) knowCode(t *tracee, bases bool) {
	p := t.proc
	if p.code != nil && !bases {
		return
	}
	fresh := parseMaps(tr.mapsText(t))
	for i := range fresh {
		r := &fresh[i]
		r.path = tr.inside(p, strings.TrimSuffix(r.path, " (deleted)"))
		if known := p.code.find(r.lo); known != nil && known.path != "" {
			r.path = known.path // as it was asked for
		}
	}
	if fresh == nil {
		fresh = codeMap{}
	}
	p.code = fresh
}

func (tr *tracer) mapsText(t *tracee) []byte {
	id := t.tid
	if tr.proc.outer {
		id = tr.number(t.proc)
	}
	if tr.proc.fd < 0 || id == 0 {
		return nil
	}
	u := &tr.unwind
	u.text = tr.proc.appendFile(u.text[:0], strconv.Itoa(id)+"/maps", maxMapsText)
	return u.text
}

// noteCode is called when a task has mapped code from a file.
func (tr *tracer) noteCode(t *tracee, addr uint64) {
	c := &t.call
	if t.proc.code == nil || c.abi != abiNative || c.args[1] > ^uint64(0)-addr-pageBytes {
		return
	}
	size := (c.args[1] + pageBytes - 1) &^ (pageBytes - 1)
	if size == 0 {
		return
	}
	t.proc.code = t.proc.code.add(codeRange{lo: addr, hi: addr + size, path: c.abs})
}

// walk is one way up a stack.
type walk struct {
	tr     *tracer
	t      *tracee
	memory memory
	regs   [numRegs]uint64
	lost   [numRegs]bool
	sp     uint64 // where stack begins
	stack  []byte
	reread bool // the maps were read again already
}

// asker walks up to the first frame that is neither the loader's nor libc's part in
// opening a library.
func (w *walk) asker() string {
	exact := true // the address is the next instruction's, not one after a call
	loader := false
	var last struct { // the last frame of libc or libdl
		role  role
		path  string
		entry bool // it is dlopen or dlmopen
	}
	for range maxFrames {
		pc := w.regs[regRA]
		if !exact {
			pc--
		}
		r := w.t.proc.code.find(pc)
		if r == nil || r.path == "" || r.path[0] != '/' {
			return ""
		}
		who := roleOf(r.path)
		if who == roleAsker {
			if loader && last.role == roleLibc && !last.entry {
				return last.path // libc asked for itself, on behalf of this caller
			}
			return r.path
		}
		if r = w.withBase(r, pc); r == nil {
			return ""
		}
		known := w.row(r, pc)
		if known.row == nil {
			return ""
		}
		if who == roleLoader {
			loader = true
		} else {
			last.role, last.path = who, r.path
			last.entry = who == roleLibc && w.isDlopen(r, r.base+known.start)
		}
		if !w.up(known.row) {
			return ""
		}
		exact = known.row.signal
	}
	return ""
}

// withBase returns the range with its base, which a mapping seen by the tracer lacks
// at first.
func (w *walk) withBase(r *codeRange, pc uint64) *codeRange {
	if r.base == 0 && !w.reread {
		w.reread = true
		w.tr.knowCode(w.t, true)
		r = w.t.proc.code.find(pc)
	}
	if r == nil || r.base == 0 || r.id == "" {
		return nil
	}
	return r
}

func (w *walk) object(r *codeRange) *knownObject {
	u := &w.tr.unwind
	key := objectKey{r.base, r.id}
	o := u.objects[key]
	if o == nil {
		if u.objects == nil || len(u.objects) >= maxKnownRows {
			u.objects = map[objectKey]*knownObject{}
		}
		o = &knownObject{}
		o.info, o.err = readObject(w.memory, r.base)
		u.objects[key] = o
	}
	return o
}

// row returns the rules for pc, an address in r.
func (w *walk) row(r *codeRange, pc uint64) *knownRow {
	u := &w.tr.unwind
	key := rowKey{r.id, pc - r.base}
	if known := u.rows[key]; known != nil {
		return known
	}
	if u.rows == nil || len(u.rows) >= maxKnownRows {
		u.rows = map[rowKey]*knownRow{}
	}
	known := &knownRow{}
	u.rows[key] = known
	o := w.object(r)
	if o.err != nil {
		return known
	}
	code, err := o.info.frame(w.memory, pc)
	if err != nil {
		return known
	}
	known.row, _ = code.row(pc)
	known.start = code.start - r.base
	return known
}

// isDlopen reports whether libc's function at addr is one that passes requests on.
func (w *walk) isDlopen(r *codeRange, addr uint64) bool {
	o := w.object(r)
	if !o.looked && o.err == nil {
		o.looked = true
		o.dlopens = append(o.info.exports(w.memory, "dlopen"), o.info.exports(w.memory, "dlmopen")...)
	}
	return slices.Contains(o.dlopens, addr)
}

// callerSaved are the registers that a function may have changed for its caller
// without saying so.
var callerSaved = []int{regRAX, regRDX, regRCX, regRSI, regRDI, regR8, regR9, regR10, regR11}

// up goes from a frame to its caller's. It returns false at the end of the stack, and
// where the rules do not say enough.
func (w *walk) up(row *frameRow) bool {
	if w.lost[row.cfaReg] || row.regs[regRA].kind != ruleSaved {
		return false
	}
	cfa := w.regs[row.cfaReg] + uint64(row.cfaOff)
	if cfa <= w.regs[regRSP] { // the stack only ever shrinks on the way up
		return false
	}
	next, lost := w.regs, w.lost
	for i, rule := range row.regs {
		switch rule.kind {
		case ruleSaved:
			v, ok := w.word(cfa + uint64(rule.off))
			next[i], lost[i] = v, !ok
		case ruleLost:
			lost[i] = true
		}
	}
	for _, i := range callerSaved {
		if row.regs[i].kind == ruleSame {
			lost[i] = true
		}
	}
	if lost[regRA] || next[regRA] == 0 {
		return false
	}
	next[regRSP], lost[regRSP] = cfa, false
	w.regs, w.lost = next, lost
	return true
}

// word reads from the stack.
func (w *walk) word(addr uint64) (uint64, bool) {
	if off := addr - w.sp; off < uint64(len(w.stack)) && uint64(len(w.stack))-off >= 8 {
		return binary.LittleEndian.Uint64(w.stack[off:]), true
	}
	return readWord(w.t.tid, addr)
}
