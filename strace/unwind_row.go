//go:build linux && amd64

package strace

// rowMachine executes call frame instructions (DWARF 4, section 6.4.2, and the GNU
// ones) up to an address.
type rowMachine struct {
	code    *frameCode
	row     frameRow
	initial frameRow // after the CIE's instructions
	cfaLost bool     // the CFA is an expression
	loc, pc uint64
	saved   []savedRow
}

type savedRow struct {
	row  frameRow
	lost bool
}

// Call frame instructions. The first three have an operand in their low six bits.
const (
	cfaAdvanceLoc = 1
	cfaOffset     = 2
	cfaRestore    = 3

	cfaNop               = 0x00
	cfaAdvanceLoc1       = 0x02
	cfaAdvanceLoc2       = 0x03
	cfaAdvanceLoc4       = 0x04
	cfaOffsetExtended    = 0x05
	cfaRestoreExtended   = 0x06
	cfaUndefined         = 0x07
	cfaSameValue         = 0x08
	cfaRegister          = 0x09
	cfaRememberState     = 0x0a
	cfaRestoreState      = 0x0b
	cfaDefCFA            = 0x0c
	cfaDefCFARegister    = 0x0d
	cfaDefCFAOffset      = 0x0e
	cfaDefCFAExpression  = 0x0f
	cfaExpression        = 0x10
	cfaOffsetExtendedSF  = 0x11
	cfaDefCFASF          = 0x12
	cfaDefCFAOffsetSF    = 0x13
	cfaValOffset         = 0x14
	cfaValOffsetSF       = 0x15
	cfaValExpression     = 0x16
	cfaGNUArgsSize       = 0x2e
	cfaGNUNegativeOffset = 0x2f
)

// run executes program until its end or until it goes beyond pc. It returns false for
// what it does not understand.
func (m *rowMachine) run(program []byte) bool {
	r := &cfiReader{b: program}
	for r.pos < len(program) && !r.bad {
		op := r.u8()
		low := uint64(op & 0x3f)
		switch op >> 6 {
		case cfaAdvanceLoc:
			if m.advance(low) {
				return true
			}
		case cfaOffset:
			m.set(low, regRule{ruleSaved, int64(r.uleb()) * m.code.dataAlign})
		case cfaRestore:
			m.restore(low)
		default:
			over, ok := m.extended(op, r)
			if over || !ok {
				return ok && !r.bad
			}
		}
	}
	return !r.bad
}

// extended executes an instruction whose operands follow it. over says that the rest
// is for addresses beyond pc.
func (m *rowMachine) extended(op byte, r *cfiReader) (over, ok bool) {
	switch op {
	case cfaNop:
	case cfaAdvanceLoc1:
		return m.advance(uint64(r.u8())), true
	case cfaAdvanceLoc2:
		return m.advance(r.u16()), true
	case cfaAdvanceLoc4:
		return m.advance(r.u32()), true
	case cfaOffsetExtended:
		reg := r.uleb()
		m.set(reg, regRule{ruleSaved, int64(r.uleb()) * m.code.dataAlign})
	case cfaOffsetExtendedSF:
		reg := r.uleb()
		m.set(reg, regRule{ruleSaved, r.sleb() * m.code.dataAlign})
	case cfaGNUNegativeOffset:
		reg := r.uleb()
		m.set(reg, regRule{ruleSaved, -int64(r.uleb()) * m.code.dataAlign})
	case cfaRestoreExtended:
		m.restore(r.uleb())
	case cfaUndefined:
		m.set(r.uleb(), regRule{kind: ruleLost})
	case cfaSameValue:
		m.set(r.uleb(), regRule{kind: ruleSame})
	case cfaRegister, cfaValOffset:
		m.set(r.uleb(), regRule{kind: ruleLost})
		r.uleb()
	case cfaValOffsetSF:
		m.set(r.uleb(), regRule{kind: ruleLost})
		r.sleb()
	case cfaExpression, cfaValExpression:
		m.set(r.uleb(), regRule{kind: ruleLost})
		r.bytes(r.uleb())
	case cfaRememberState:
		if len(m.saved) >= maxRememberings {
			return false, false
		}
		m.saved = append(m.saved, savedRow{m.row, m.cfaLost})
	case cfaRestoreState:
		n := len(m.saved) - 1
		if n < 0 {
			return false, false
		}
		m.row, m.cfaLost = m.saved[n].row, m.saved[n].lost
		m.saved = m.saved[:n]
	case cfaDefCFA:
		m.define(r.uleb(), int64(r.uleb()))
	case cfaDefCFASF:
		m.define(r.uleb(), r.sleb()*m.code.dataAlign)
	case cfaDefCFARegister:
		m.define(r.uleb(), m.row.cfaOff)
	case cfaDefCFAOffset:
		m.row.cfaOff = int64(r.uleb())
	case cfaDefCFAOffsetSF:
		m.row.cfaOff = r.sleb() * m.code.dataAlign
	case cfaDefCFAExpression:
		r.bytes(r.uleb())
		m.cfaLost = true
	case cfaGNUArgsSize:
		r.uleb()
	default: // DW_CFA_set_loc among them, which no x86-64 compiler emits
		return false, false
	}
	return false, true
}

// advance moves on, and reports whether that is beyond pc.
func (m *rowMachine) advance(delta uint64) bool {
	m.loc += delta * m.code.codeAlign
	return m.loc > m.pc
}

func (m *rowMachine) define(reg uint64, off int64) {
	m.cfaLost = reg >= regRA
	m.row.cfaReg, m.row.cfaOff = uint8(min(reg, regRA)), off
}

func (m *rowMachine) set(reg uint64, rule regRule) {
	if reg < numRegs { // the others are vector registers
		m.row.regs[reg] = rule
	}
}

func (m *rowMachine) restore(reg uint64) {
	if reg < numRegs {
		m.row.regs[reg] = m.initial.regs[reg]
	}
}
