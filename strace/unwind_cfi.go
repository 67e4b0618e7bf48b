//go:build linux && amd64

package strace

import (
	"encoding/binary"
	"errors"
)

// Registers in DWARF's numbering for x86-64 (System V ABI, figure 3.36), which is
// not the hardware's. regRA is the column of the return address.
const (
	regRAX = iota
	regRDX
	regRCX
	regRBX
	regRSI
	regRDI
	regRBP
	regRSP
	regR8
	regR9
	regR10
	regR11
	regR12
	regR13
	regR14
	regR15
	regRA
	numRegs
)

// Bounds for call frame information, which comes from the traced program's memory and
// may be anything.
const (
	maxFrameEntry   = 64 << 10 // bytes of one CIE or FDE; those of hand-written code reach some hundred
	maxRememberings = 16       // nested DW_CFA_remember_state; compilers nest one
	maxAugmentation = 8        // letters; "zPLRSB" is the longest in use
)

var errFrameInfo = errors.New("call frame information is missing, or of a kind that is not understood")

// regRule says where a frame saved a register of its caller.
type regRule struct {
	kind ruleKind
	off  int64 // from the CFA
}

type ruleKind uint8

const (
	ruleSame  ruleKind = iota // it is still there
	ruleSaved                 // at CFA + off
	ruleLost                  // undefined, or by an expression
)

// frameRow tells for one address in the code how to find the caller's frame.
type frameRow struct {
	cfaReg uint8 // the CFA is this register plus cfaOff
	cfaOff int64
	regs   [numRegs]regRule
	signal bool // the frame was made by a signal: the return address is not after a call
}

// frameCode is what a CIE and an FDE say of one function.
type frameCode struct {
	codeAlign uint64
	dataAlign int64
	encoding  byte // of the FDE's addresses
	augmented bool // the FDE has a length and data of its own, to be skipped
	signal    bool
	initial   []byte // instructions of the CIE
	start     uint64
	length    uint64
	program   []byte // instructions of the FDE
}

// cfiReader reads the primitive types of .eh_frame. The first read beyond the end
// sets bad; what is read from then on is zero.
type cfiReader struct {
	b   []byte
	at  uint64 // address of b[0]
	pos int
	bad bool
}

func (r *cfiReader) bytes(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)-r.pos) {
		r.bad = true
		return nil
	}
	b := r.b[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return b
}

func (r *cfiReader) u8() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *cfiReader) u16() uint64 {
	if b := r.bytes(2); b != nil {
		return uint64(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (r *cfiReader) u32() uint64 {
	if b := r.bytes(4); b != nil {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (r *cfiReader) u64() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *cfiReader) uleb() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.u8()
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *cfiReader) sleb() int64 {
	var v int64
	for shift := 0; shift < 64; shift += 7 {
		b := r.u8()
		v |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if shift+7 < 64 && b&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	r.bad = true
	return 0
}

// Pointer encodings (Linux Standard Base, DWARF extensions).
const (
	encFormat  = 0x0f
	encAbs     = 0x00
	encUData4  = 0x03
	encUData8  = 0x04
	encSData4  = 0x0b
	encSData8  = 0x0c
	encPCRel   = 0x10
	encDataRel = 0x30
	encBase    = 0x70 // mask of what the value is relative to
)

// pointer reads an encoded pointer. Those relative to something other than their own
// address do not occur in .eh_frame on x86-64.
func (r *cfiReader) pointer(enc byte) uint64 {
	here := r.at + uint64(r.pos)
	var v uint64
	switch enc & encFormat {
	case encAbs, encUData8, encSData8:
		v = r.u64()
	case encUData4:
		v = r.u32()
	case encSData4:
		v = uint64(int64(int32(r.u32())))
	default:
		r.bad = true
	}
	switch enc & encBase {
	case 0:
	case encPCRel:
		v += here
	default:
		r.bad = true
	}
	return v
}

// readCIE reads the common part, b being the entry after its length and id.
func (c *frameCode) readCIE(b []byte, at uint64) error {
	r := &cfiReader{b: b, at: at}
	version := r.u8()
	var aug []byte
	for ch := r.u8(); ch != 0 && len(aug) < maxAugmentation; ch = r.u8() {
		aug = append(aug, ch)
	}
	c.codeAlign = r.uleb()
	c.dataAlign = r.sleb()
	ra := r.uleb()
	if r.bad || version != 1 || ra != regRA { // a version 3 return register is an uleb too, but nobody writes it here
		return errFrameInfo
	}
	c.encoding = encAbs
	if len(aug) > 0 {
		if aug[0] != 'z' {
			return errFrameInfo // without a length unknown letters cannot be skipped
		}
		c.augmented = true
		if err := c.readAugmentation(r, aug[1:]); err != nil {
			return err
		}
	}
	c.initial = r.b[r.pos:]
	return nil
}

func (c *frameCode) readAugmentation(r *cfiReader, letters []byte) error {
	n := r.uleb()
	at := r.at + uint64(r.pos)
	data := &cfiReader{b: r.bytes(n), at: at}
	for _, letter := range letters {
		switch letter {
		case 'R':
			c.encoding = data.u8()
		case 'P':
			enc := data.u8()
			data.pointer(enc & encFormat)
		case 'L':
			data.u8()
		case 'S':
			c.signal = true
		case 'B': // pointer authentication, elsewhere
		default:
			return errFrameInfo
		}
	}
	if r.bad || data.bad {
		return errFrameInfo
	}
	return nil
}

// readFDE reads what is particular to one function, b being the entry after its
// length and CIE pointer.
func (c *frameCode) readFDE(b []byte, at uint64) error {
	r := &cfiReader{b: b, at: at}
	c.start = r.pointer(c.encoding)
	c.length = r.pointer(c.encoding & encFormat)
	if c.augmented {
		r.bytes(r.uleb())
	}
	if r.bad {
		return errFrameInfo
	}
	c.program = r.b[r.pos:]
	return nil
}

// row returns the rules that hold at pc, an address of the same kind as start.
func (c *frameCode) row(pc uint64) (*frameRow, error) {
	if pc < c.start || pc-c.start >= c.length {
		return nil, errFrameInfo
	}
	m := rowMachine{code: c, pc: ^uint64(0)}
	m.row.regs[regRSP] = regRule{kind: ruleLost} // the CFA itself, by definition
	if !m.run(c.initial) {
		return nil, errFrameInfo
	}
	m.initial, m.loc, m.pc = m.row, c.start, pc
	if !m.run(c.program) || m.row.cfaReg >= regRA || m.cfaLost {
		return nil, errFrameInfo
	}
	m.row.signal = c.signal
	return &m.row, nil
}
