package symbolize

import "encoding/binary"

// raReg is DWARF's number of the return address on x86-64, rspReg that of rsp.
const (
	raReg  = 16
	rspReg = 7
	rbpReg = 6
)

// dwarfRegs are the dump's names of DWARF's registers 0 to 15.
var dwarfRegs = [16]string{"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}

// calleeSaved marks the registers that survive a call.
var calleeSaved = [16]bool{3: true, 6: true, 12: true, 13: true, 14: true, 15: true}

// row says how to leave a function from one of its instructions: where the canonical
// frame address is, and where registers were saved relative to it.
type row struct {
	reg, off int64 // CFA = reg + off
	expr     bool  // CFA is an expression, which is not evaluated (PLT stubs)
	saved    [raReg + 1]int64
	has      [raReg + 1]bool
	last     bool // the return address is undefined: outermost frame
	signal   bool // a signal handler's trampoline
}

// cfi finds the row for an address of the file in .eh_frame, by the table of
// .eh_frame_hdr that every linker writes for dlopen and exceptions.
func (o *object) cfi(rel uint64) (row, bool) {
	loc, fde, ok := o.findFDE(rel)
	if !ok {
		if o.ehdr.filesz > 0 {
			return row{}, false
		}
		if loc, fde, ok = o.scanFDE(rel); !ok { // static programs of Debian's gcc have no table
			return row{}, false
		}
	}
	f, ok := o.entry(fde)
	if !ok || len(f) < 8 {
		return row{}, false
	}
	cieAt := fde + 4 - uint64(binary.LittleEndian.Uint32(f))
	cie, ok := o.entry(cieAt)
	if !ok {
		return row{}, false
	}
	c, ok := parseCIE(cie)
	if !ok {
		return row{}, false
	}
	r := reader{b: f[4:]}
	r.skip(c.pointer)
	length := r.pointerValue(c.pointer)
	if rel-loc >= length || r.bad {
		return row{}, false
	}
	if c.augmented {
		r.skip(int(r.uleb()))
	}
	m := machine{cie: c, row: row{signal: c.signal}}
	if !m.run(c.program, ^uint64(0)) {
		return row{}, false
	}
	m.initial, m.pc = m.row, 0
	if r.bad || !m.run(r.b, rel-loc) {
		return row{}, false
	}
	return m.row, true
}

// findFDE searches the sorted table: pairs of function start and FDE, relative to the
// header.
func (o *object) findFDE(rel uint64) (loc, fde uint64, ok bool) {
	var head [12]byte
	at := o.ehdr.vaddr
	if o.ehdr.filesz < 12 || o.read(head[:], at) < 12 {
		return 0, 0, false
	}
	// version 1, pointer of 4 bytes, count udata4, table datarel|sdata4: what binutils,
	// lld, gold and mold write.
	if head[0] != 1 || head[1]&0x0f != 0x0b || head[2] != 0x03 || head[3] != 0x3b {
		return 0, 0, false
	}
	n := uint64(binary.LittleEndian.Uint32(head[8:]))
	n = min(n, o.ehdr.filesz/8)
	pair := func(i uint64) (uint64, uint64, bool) {
		var b [8]byte
		if o.read(b[:], at+12+8*i) < 8 {
			return 0, 0, false
		}
		l, f := int32(binary.LittleEndian.Uint32(b[:])), int32(binary.LittleEndian.Uint32(b[4:]))
		return at + uint64(int64(l)), at + uint64(int64(f)), true
	}
	lo, hi := uint64(0), n
	for lo < hi {
		mid := (lo + hi) / 2
		l, _, ok := pair(mid)
		if !ok {
			return 0, 0, false
		}
		if l <= rel {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0, 0, false
	}
	return pair(lo - 1)
}

// scanFDE goes through .eh_frame from its start.
func (o *object) scanFDE(rel uint64) (loc, fde uint64, ok bool) {
	sec := o.elf.Section(".eh_frame")
	if sec == nil || sec.ReaderAt == nil || sec.FileSize > maxScan {
		return 0, 0, false
	}
	b := make([]byte, sec.FileSize)
	if n, _ := sec.ReadAt(b, 0); n < len(b) {
		return 0, 0, false
	}
	encodings := map[int]byte{} // by offset of the CIE
	for at := 0; at+8 <= len(b); {
		n := int(binary.LittleEndian.Uint32(b[at:]))
		if n < 4 || n > len(b)-at-4 {
			return 0, 0, false
		}
		body := b[at+4 : at+4+n]
		if id := int(binary.LittleEndian.Uint32(body)); id == 0 {
			if c, ok := parseCIE(body); ok {
				encodings[at] = c.encoding
			}
		} else if enc, ok := encodings[at+4-id]; ok && (enc&0x7f == 0x1b || enc&0x7f == 0x10) && n >= 4+2*pointerSize(enc) {
			r := reader{b: body[4:]}
			start := sec.Addr + uint64(at) + 8
			size := pointerSize(enc)
			start += r.signed(size)
			if rel-start < r.pointerValue(size) {
				return start, sec.Addr + uint64(at), true
			}
		}
		at += 4 + n
	}
	return 0, 0, false
}

// entry reads a CIE or FDE without its length.
func (o *object) entry(at uint64) ([]byte, bool) {
	var head [4]byte
	if o.read(head[:], at) < 4 {
		return nil, false
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n < 4 || n > 1<<20 { // 0xffffffff: 64-bit DWARF, which no x86 tool chain emits here
		return nil, false
	}
	b := make([]byte, n)
	return b, o.read(b, at+4) == len(b)
}

// cie is what the functions of one compilation share.
type cie struct {
	codeAlign uint64
	dataAlign int64
	pointer   int // size of a pointer in an FDE
	augmented bool
	signal    bool
	encoding  byte // of pointers in an FDE
	program   []byte
}

func parseCIE(b []byte) (c cie, ok bool) {
	r := reader{b: b}
	if r.u32() != 0 {
		return c, false
	}
	version := r.u8()
	aug := r.text()
	c.codeAlign, c.dataAlign, c.pointer = r.uleb(), r.sleb(), 8
	if version == 1 {
		r.u8()
	} else {
		r.uleb()
	}
	if aug != "" && aug[0] == 'z' {
		c.augmented = true
		data := reader{b: r.take(int(r.uleb()))}
		for _, ch := range aug[1:] {
			switch ch {
			case 'R':
				c.encoding = data.u8()
				c.pointer = pointerSize(c.encoding)
			case 'P':
				data.skip(pointerSize(data.u8()))
			case 'L':
				data.u8()
			case 'S':
				c.signal = true
			}
		}
		if data.bad {
			return c, false
		}
	} else if aug != "" {
		return c, false
	}
	c.program = r.b
	return c, !r.bad && c.pointer > 0
}

// pointerSize is the size of a pointer in an encoding of .eh_frame; 0 when unsupported.
func pointerSize(enc byte) int {
	switch enc & 0x07 {
	case 0, 4:
		return 8
	case 2:
		return 2
	case 3:
		return 4
	}
	return 0
}

// machine runs the instructions that build a row.
type machine struct {
	cie
	row
	initial row
	stack   []row
	pc      uint64
}

// run executes until the location passes target, relative to the function's start.
func (m *machine) run(program []byte, target uint64) bool {
	r := reader{b: program}
	for n := 0; len(r.b) > 0 && !r.bad; n++ {
		if n > maxCFI {
			return false
		}
		op := r.u8()
		arg := uint64(op & 0x3f)
		switch op >> 6 {
		case 1: // advance_loc
			if m.advance(arg, target) {
				return true
			}
			continue
		case 2: // offset
			m.save(arg, int64(r.uleb())*m.dataAlign)
			continue
		case 3: // restore
			m.restore(arg)
			continue
		}
		done, ok := m.extended(&r, op, target)
		if done || !ok {
			return ok
		}
	}
	return !r.bad
}

// extended executes an instruction whose opcode has no operand inside.
func (m *machine) extended(r *reader, op byte, target uint64) (done, ok bool) {
	switch op {
	case 0x00: // nop
	case 0x02:
		return m.advance(uint64(r.u8()), target), true
	case 0x03:
		return m.advance(uint64(r.u16()), target), true
	case 0x04:
		return m.advance(uint64(r.u32()), target), true
	case 0x05: // offset_extended
		reg := r.uleb()
		m.save(reg, int64(r.uleb())*m.dataAlign)
	case 0x06:
		m.restore(r.uleb())
	case 0x07: // undefined
		reg := r.uleb()
		m.drop(reg)
		if reg == raReg {
			m.last = true
		}
	case 0x08: // same_value
		m.drop(r.uleb())
	case 0x09: // register
		m.drop(r.uleb())
		r.uleb()
	case 0x0a: // remember_state
		if len(m.stack) < 64 {
			m.stack = append(m.stack, m.row)
		}
	case 0x0b: // restore_state
		if len(m.stack) == 0 {
			return false, false
		}
		m.row = m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
	case 0x0c: // def_cfa
		m.reg, m.off, m.expr = int64(r.uleb()), int64(r.uleb()), false
	case 0x0d:
		m.reg, m.expr = int64(r.uleb()), false
	case 0x0e:
		m.off = int64(r.uleb())
	case 0x0f: // def_cfa_expression
		r.skip(int(r.uleb()))
		m.expr = true
	case 0x10, 0x16: // expression, val_expression
		m.drop(r.uleb())
		r.skip(int(r.uleb()))
	case 0x11: // offset_extended_sf
		reg := r.uleb()
		m.save(reg, r.sleb()*m.dataAlign)
	case 0x12:
		m.reg, m.off, m.expr = int64(r.uleb()), r.sleb()*m.dataAlign, false
	case 0x13:
		m.off = r.sleb() * m.dataAlign
	case 0x2e: // GNU_args_size
		r.uleb()
	default:
		return false, false
	}
	return false, !r.bad
}

func (m *machine) advance(delta, target uint64) bool {
	m.pc += delta * m.codeAlign
	return m.pc > target
}

func (m *machine) save(reg uint64, off int64) {
	if reg <= raReg {
		m.saved[reg], m.has[reg] = off, true
	}
}

func (m *machine) restore(reg uint64) {
	if reg <= raReg {
		m.saved[reg], m.has[reg] = m.initial.saved[reg], m.initial.has[reg]
	}
}

func (m *machine) drop(reg uint64) {
	if reg <= raReg {
		m.has[reg] = false
	}
}

// reader takes numbers off a slice. After an underrun it is bad and yields zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) skip(n int) { r.take(n) }

func (r *reader) pointerValue(size int) uint64 {
	b := r.take(size)
	var v [8]byte
	copy(v[:], b)
	return binary.LittleEndian.Uint64(v[:])
}

// signed reads a pointer that is relative.
func (r *reader) signed(size int) uint64 {
	v := r.pointerValue(size)
	if size == 4 {
		return uint64(int64(int32(v)))
	}
	return v
}

func (r *reader) u8() byte    { return byte(r.pointerValue(1)) }
func (r *reader) u16() uint16 { return uint16(r.pointerValue(2)) }
func (r *reader) u32() uint32 { return uint32(r.pointerValue(4)) }

func (r *reader) text() string {
	for i, c := range r.b {
		if c == 0 {
			s := string(r.b[:i])
			r.b = r.b[i+1:]
			return s
		}
	}
	r.bad = true
	return ""
}

func (r *reader) uleb() uint64 {
	var v uint64
	for shift := 0; ; shift += 7 {
		c := r.u8()
		if r.bad || shift > 63 {
			r.bad = true
			return 0
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (r *reader) sleb() int64 {
	var v int64
	for shift := 0; ; {
		c := r.u8()
		if r.bad || shift > 63 {
			r.bad = true
			return 0
		}
		v |= int64(c&0x7f) << shift
		shift += 7
		if c < 0x80 {
			if c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
}
