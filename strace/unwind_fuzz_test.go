//go:build linux && amd64

package strace

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const objectBase = 0x10000

// frameObject is an ELF object in memory with one function, at 0x2000 of it: pushes
// rbp at the first byte, and makes it the frame pointer at the fourth.
func frameObject() []byte {
	b := make([]byte, 0x400)
	copy(b, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[54:], programHeaderSize)
	le.PutUint16(b[56:], 2)
	load, hdr := b[64:], b[64+programHeaderSize:]
	le.PutUint32(load, 1)         // PT_LOAD
	le.PutUint32(hdr, 0x6474e550) // PT_GNU_EH_FRAME
	le.PutUint64(hdr[16:], 0x100) // p_vaddr
	copy(b[0x100:], "\x01\x1b\x03\x3b")
	le.PutUint32(b[0x104:], 0xfc) // .eh_frame, which nobody reads
	le.PutUint32(b[0x108:], 1)
	le.PutUint32(b[0x10c:], 0x2000-0x100)
	le.PutUint32(b[0x110:], 0x220-0x100)
	cie := b[0x200:]
	le.PutUint32(cie, 0x14)
	copy(cie[8:], "\x01zR\x00\x01\x78\x10\x01\x1b\x0c\x07\x08\x90\x01")
	fde := b[0x220:]
	le.PutUint32(fde, 0x1c)
	le.PutUint32(fde[4:], 0x24)
	le.PutUint32(fde[8:], 0x2000-0x228)
	le.PutUint32(fde[12:], 0x40)
	copy(fde[16:], "\x00\x41\x0e\x10\x86\x02\x43\x0d\x06\x02\x20\x0c\x07\x08")
	return b
}

// memoryOf is b, mapped at objectBase.
func memoryOf(b []byte) memory {
	return func(addr uint64, to []byte) bool {
		off := addr - objectBase
		if off > uint64(len(b)) || uint64(len(to)) > uint64(len(b))-off {
			return false
		}
		copy(to, b[off:])
		return true
	}
}

func TestFrameRow(t *testing.T) {
	t.Parallel()
	mem := memoryOf(frameObject())
	o, err := readObject(mem, objectBase)
	if err != nil {
		t.Fatal(err)
	}
	const start = objectBase + 0x2000
	tests := []struct {
		pc    uint64
		reg   uint8
		off   int64
		saved bool // rbp
		ok    bool
	}{
		{pc: start, reg: regRSP, off: 8, ok: true},
		{pc: start + 1, reg: regRSP, off: 16, saved: true, ok: true},
		{pc: start + 4, reg: regRBP, off: 16, saved: true, ok: true},
		{pc: start + 0x24, reg: regRSP, off: 8, saved: true, ok: true},
		{pc: start + 0x40},
		{pc: start - 1},
	}
	for _, tt := range tests {
		code, err := o.frame(mem, tt.pc)
		var row *frameRow
		if err == nil {
			row, err = code.row(tt.pc)
		}
		if (err == nil) != tt.ok {
			t.Errorf("%#x: %v", tt.pc, err)
		}
		if !tt.ok || row == nil {
			continue
		}
		if row.cfaReg != tt.reg || row.cfaOff != tt.off || (row.regs[regRBP] == regRule{ruleSaved, -16}) != tt.saved || row.regs[regRA] != (regRule{ruleSaved, -8}) {
			t.Errorf("%#x: %+v", tt.pc, row)
		}
	}
}

// Whatever the memory of a traced program holds, reading it ends, without a panic,
// and a row never stands beside an error.
func FuzzFrameInfo(f *testing.F) {
	f.Add(frameObject(), uint16(0x2004))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		mem := memoryOf(b)
		o, err := readObject(mem, objectBase)
		if err != nil {
			return
		}
		o.exports(mem, "dlopen")
		pc := o.bias + uint64(at)
		code, err := o.frame(mem, pc)
		if err != nil {
			return
		}
		if row, err := code.row(pc); err == nil && (row == nil || row.cfaReg >= regRA) {
			t.Errorf("row %+v without an error", row)
		}
	})
}

func TestParseMaps(t *testing.T) {
	t.Parallel()
	text := `55d000-55e000 r--p 00000000 fe:01 11         /srv/my prog
55e000-55f000 r-xp 00001000 fe:01 11         /srv/my prog
600000-601000 rw-p 00000000 00:00 0          [heap]
700000-701000 rwxp 00000000 00:00 0
710000-711000 r-xp 00005000 fe:01 12         /lib/other.so (deleted)
nonsense
720000-710000 r-xp 00000000 fe:01 13         /backwards.so
7ff000-7ff800 r-xp 00000000 00:00 0          [vdso]
`
	want := codeMap{
		{lo: 0x55e000, hi: 0x55f000, base: 0x55d000, path: "/srv/my prog", id: "fe:01 11"},
		{lo: 0x710000, hi: 0x711000, path: "/lib/other.so (deleted)", id: "fe:01 12"},
		{lo: 0x7ff000, hi: 0x7ff800, base: 0x7ff000, path: "[vdso]", id: "00:00 0[vdso]"},
	}
	if d := cmp.Diff(want, parseMaps([]byte(text)), cmp.AllowUnexported(codeRange{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A new mapping takes the place of what was there, and of nothing else.
func TestCodeMapAdd(t *testing.T) {
	t.Parallel()
	var m codeMap
	for _, r := range []codeRange{
		{lo: 10, hi: 20, path: "a"}, {lo: 30, hi: 40, path: "b"}, {lo: 50, hi: 60, path: "c"},
		{lo: 15, hi: 32, path: "d"}, {lo: 52, hi: 54, path: "e"}, {lo: 0, hi: 5, path: "f"}, {lo: 34, hi: 36, path: "g"}, {lo: 33, hi: 37, path: "h"},
	} {
		m = m.add(r)
	}
	want := codeMap{
		{lo: 0, hi: 5, path: "f"}, {lo: 10, hi: 15, path: "a"}, {lo: 15, hi: 32, path: "d"}, {lo: 32, hi: 33, path: "b"}, {lo: 33, hi: 37, path: "h"},
		{lo: 37, hi: 40, path: "b"}, {lo: 50, hi: 52, path: "c"}, {lo: 52, hi: 54, path: "e"}, {lo: 54, hi: 60, path: "c"},
	}
	if d := cmp.Diff(want, m, cmp.AllowUnexported(codeRange{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for addr, path := range map[uint64]string{10: "a", 15: "d", 40: "", 36: "h", 53: "e", 60: ""} {
		got := ""
		if r := m.find(addr); r != nil {
			got = r.path
		}
		if got != path {
			t.Errorf("at %d is %q, want %q", addr, got, path)
		}
	}
}
