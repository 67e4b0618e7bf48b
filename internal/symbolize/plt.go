package symbolize

import (
	"debug/elf"
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// callee names the function that a call in o wanted, when it goes through the global
// offset table: a weak function that no loaded library has is NULL there.
func (o *object) callee(in insn, base uint64) string {
	if len(in.Args) == 0 || in.Args[0] == nil {
		return ""
	}
	switch a := in.Args[0].(type) {
	case x86asm.Mem: // call *foo@GOTPCREL(%rip)
		return o.slotName(in, a, base)
	case x86asm.Rel: // call foo@plt
		at := in.pc + uint64(in.Len) + uint64(int64(a)) - base
		for range 3 { // endbr64; bnd jmp *slot(%rip)
			stub, ok := o.decode(at, at+base)
			if !ok {
				return ""
			}
			if m, isMem := stub.Args[0].(x86asm.Mem); isMem && stub.Op == x86asm.JMP {
				return o.slotName(stub, m, base)
			}
			at += uint64(stub.Len)
		}
	}
	return ""
}

// slotName finds the relocation that fills the slot that m addresses.
func (o *object) slotName(in insn, m x86asm.Mem, base uint64) string {
	if m.Base != x86asm.RIP {
		return ""
	}
	slot := in.pc + uint64(in.Len) + uint64(m.Disp) - base
	const relaSize = 24
	for _, sec := range o.elf.Sections {
		if sec.Type != elf.SHT_RELA || sec.ReaderAt == nil {
			continue
		}
		buf := make([]byte, 1024*relaSize)
		for off, left := int64(0), min(sec.FileSize/relaSize, maxSymbols); left > 0; {
			part := buf[:min(left, 1024)*relaSize]
			n, _ := sec.ReadAt(part, off)
			for i := 0; i+relaSize <= n; i += relaSize {
				if binary.LittleEndian.Uint64(part[i:]) == slot {
					return o.dynamicName(binary.LittleEndian.Uint64(part[i+8:]) >> 32)
				}
			}
			if n < len(part) {
				break
			}
			off += int64(n)
			left -= uint64(n) / relaSize
		}
	}
	return ""
}

// dynamicName is the name of a dynamic symbol by its index.
func (o *object) dynamicName(index uint64) string {
	sec := o.elf.SectionByType(elf.SHT_DYNSYM)
	if index == 0 || sec == nil || sec.ReaderAt == nil || uint64(sec.Link) >= uint64(len(o.elf.Sections)) || index >= sec.FileSize/symbolSize {
		return ""
	}
	var b [symbolSize]byte
	if _, err := sec.ReadAt(b[:], int64(index*symbolSize)); err != nil {
		return ""
	}
	f := &symbolFile{o.elf}
	return demangled(f.name(o.elf.Sections[sec.Link], binary.LittleEndian.Uint32(b[:])))
}
