package symbolize

import "strings"

// encoding is what the prefixes of an instruction say, up to the opcode.
type encoding struct {
	scheme byte // 'l' legacy, 'v' VEX, 'e' EVEX, 'x' XOP
	pp     byte // mandatory prefix: 0 none, 1 0x66, 2 0xf3, 3 0xf2, as VEX and EVEX number them
	table  byte // opcode map: 0 one byte, 1 0f, 2 0f38, 3 0f3a, 4 … as VEX and EVEX number them
	op     byte
	wide   bool // W
	length byte // vector length: 0 128, 1 256, 2 512 bits
	modrm  byte
	has    bool // modrm was read
}

// parseEncoding reads prefixes and opcode by the Intel manual, volume 2, chapter 2.
func parseEncoding(b []byte) (e encoding, ok bool) {
	e.scheme = 'l'
	for len(b) > 0 {
		switch b[0] {
		case 0x66:
			if e.pp == 0 {
				e.pp = 1
			}
		case 0xf3:
			e.pp = 2
		case 0xf2:
			e.pp = 3
		case 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x67, 0xf0:
		default:
			return e.opcode(b)
		}
		b = b[1:]
	}
	return e, false
}

func (e encoding) opcode(b []byte) (encoding, bool) {
	if b[0]&0xf0 == 0x40 { // REX
		e.wide = b[0]&8 != 0
		b = b[1:]
	}
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	n := 0 // bytes before the opcode
	switch {
	case len(b) == 0:
		return e, false
	case b[0] == 0xc5:
		e.scheme, e.table, e.pp, e.length, n = 'v', 1, at(1)&3, at(1)>>2&1, 2
	case b[0] == 0xc4:
		e.scheme, e.table, e.wide, e.pp, e.length, n = 'v', at(1)&0x1f, at(2)&0x80 != 0, at(2)&3, at(2)>>2&1, 3
	case b[0] == 0x62:
		e.scheme, e.table, e.wide, e.pp, e.length, n = 'e', at(1)&7, at(2)&0x80 != 0, at(2)&3, at(3)>>5&3, 4
	case b[0] == 0x8f && at(1)&0x1f >= 8: // otherwise pop
		e.scheme, e.table, e.wide, e.pp, e.length, n = 'x', at(1)&0x1f, at(2)&0x80 != 0, at(2)&3, at(2)>>2&1, 3
	case b[0] == 0x0f && at(1) == 0x38:
		e.table, n = 2, 2
	case b[0] == 0x0f && at(1) == 0x3a:
		e.table, n = 3, 2
	case b[0] == 0x0f:
		e.table, n = 1, 1
	}
	if n >= len(b) {
		return e, false
	}
	e.op = b[n]
	if n+1 < len(b) {
		e.modrm, e.has = b[n+1], true
	}
	return e, true
}

// featureOf names the CPU feature that an instruction needs beyond x86-64's baseline,
// and what the instruction is for, where that helps ("" otherwise).
func featureOf(b []byte) (feature, what string) {
	e, ok := parseEncoding(b)
	if !ok {
		return "", ""
	}
	for i := range features {
		if f := &features[i]; f.matches(&e) {
			return f.name, f.what
		}
	}
	return "", ""
}

// feature is one line of the table: a range of opcodes in one map.
type feature struct {
	scheme byte
	table  byte
	pp     string // which mandatory prefixes: n none, 6 0x66, 3 0xf3, 2 0xf2; "" any
	lo, hi byte
	need   need
	name   string
	what   string
}

// need is a further condition.
type need uint8

const (
	anyForm  need = iota
	w0                 // W is 0
	w1                 // W is 1
	vex256             // the 256-bit form
	regForm            // ModRM names a register
	group    need = 16 // group+n: the middle field of ModRM is n
	regGroup need = 24 // regGroup+n: the same, and ModRM names a register
	exact    need = 32 // exact+n: ModRM is 0xc0+n
)

func (f *feature) matches(e *encoding) bool {
	if f.scheme != e.scheme || f.table != e.table || e.op < f.lo || e.op > f.hi {
		return false
	}
	if f.pp != "" && strings.IndexByte(f.pp, "n632"[e.pp]) < 0 {
		return false
	}
	switch {
	case f.need == w0:
		return !e.wide
	case f.need == w1:
		return e.wide
	case f.need == vex256:
		return e.length == 1
	case f.need == regForm:
		return e.has && e.modrm >= 0xc0
	case f.need >= exact:
		return e.has && e.modrm == 0xc0+byte(f.need-exact)
	case f.need >= regGroup:
		return e.has && e.modrm >= 0xc0 && e.modrm>>3&7 == byte(f.need-regGroup)
	case f.need >= group:
		return e.has && e.modrm>>3&7 == byte(f.need-group)
	}
	return true
}
