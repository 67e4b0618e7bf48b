//go:build linux && amd64

package strace

import (
	"debug/elf"
	"encoding/binary"
)

// memory is where an object is mapped: it reads len(b) bytes at addr, or returns
// false.
type memory func(addr uint64, b []byte) bool

// Bounds for an object in memory.
const (
	maxProgramHeaders = 64      // linkers write about a dozen
	maxTableSearch    = 32      // steps of a binary search; a table of 32 bits has no more entries
	maxDynamicEntries = 256     // libc has about 30
	maxHashChain      = 1 << 10 // symbols in one bucket; usual are about 4
)

// objectInfo is what the unwinder needs of an ELF object, read from its mapping: the
// file may be out of the tracer's reach, or be another one by now.
type objectInfo struct {
	bias    uint64 // what is added to the addresses in the file
	ehHdr   uint64 // address of .eh_frame_hdr; 0 when there is none
	dynamic uint64 // address of the dynamic section; 0 when there is none
}

const (
	elfHeaderSize     = 64
	programHeaderSize = 56
)

// readObject reads the headers of the object that is mapped from base on.
func readObject(mem memory, base uint64) (objectInfo, error) {
	var h [elfHeaderSize]byte
	if !mem(base, h[:]) || string(h[:4]) != elf.ELFMAG || h[elf.EI_CLASS] != byte(elf.ELFCLASS64) || h[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return objectInfo{}, errFrameInfo
	}
	off := binary.LittleEndian.Uint64(h[32:])
	size, n := binary.LittleEndian.Uint16(h[54:]), int(binary.LittleEndian.Uint16(h[56:]))
	if size != programHeaderSize || n > maxProgramHeaders || off > maxFrameEntry {
		return objectInfo{}, errFrameInfo
	}
	table := make([]byte, n*programHeaderSize)
	if !mem(base+off, table) {
		return objectInfo{}, errFrameInfo
	}
	o := objectInfo{bias: base}
	var ehHdr, dynamic uint64
	for p := table; len(p) > 0; p = p[programHeaderSize:] {
		vaddr := binary.LittleEndian.Uint64(p[16:])
		switch elf.ProgType(binary.LittleEndian.Uint32(p)) {
		case elf.PT_LOAD:
			if binary.LittleEndian.Uint64(p[8:])&^(pageBytes-1) == 0 && binary.LittleEndian.Uint32(p[4:])&uint32(elf.PF_W) == 0 {
				o.bias = base - vaddr&^(pageBytes-1)
			}
		case elf.PT_GNU_EH_FRAME:
			ehHdr = vaddr
		case elf.PT_DYNAMIC:
			dynamic = vaddr
		}
	}
	if ehHdr != 0 {
		o.ehHdr = o.bias + ehHdr
	}
	if dynamic != 0 {
		o.dynamic = o.bias + dynamic
	}
	return o, nil
}

const pageBytes = 4096

// ehTableEncoding is how every linker writes the search table of .eh_frame_hdr:
// offsets from the header, 32 bits, signed.
const ehTableEncoding = encDataRel | encSData4

// frame finds the call frame information for pc by the table of .eh_frame_hdr.
func (o *objectInfo) frame(mem memory, pc uint64) (*frameCode, error) {
	var h [20]byte
	if o.ehHdr == 0 || !mem(o.ehHdr, h[:]) || h[0] != 1 || h[3] != ehTableEncoding {
		return nil, errFrameInfo
	}
	r := &cfiReader{b: h[4:], at: o.ehHdr + 4}
	r.pointer(h[1]) // .eh_frame, which the table makes dispensable
	n := r.pointer(h[2])
	table := o.ehHdr + 4 + uint64(r.pos)
	if r.bad || n == 0 || n > 1<<31 {
		return nil, errFrameInfo
	}
	entry := func(i uint64) (loc, fde uint64, ok bool) {
		var b [8]byte
		if !mem(table+8*i, b[:]) {
			return 0, 0, false
		}
		offset := func(at int) uint64 { return o.ehHdr + uint64(int64(int32(binary.LittleEndian.Uint32(b[at:])))) }
		return offset(0), offset(4), true
	}
	// The last entry that starts at or before pc.
	lo, hi := uint64(0), n
	for step := 0; hi-lo > 1 && step < maxTableSearch; step++ {
		mid := lo + (hi-lo)/2
		loc, _, ok := entry(mid)
		switch {
		case !ok:
			return nil, errFrameInfo
		case loc <= pc:
			lo = mid
		default:
			hi = mid
		}
	}
	_, fde, ok := entry(lo)
	if !ok {
		return nil, errFrameInfo
	}
	return readFrameCode(mem, fde)
}

// readFrameCode reads the FDE at addr, and the CIE that it refers to.
func readFrameCode(mem memory, addr uint64) (*frameCode, error) {
	fde, err := readFrameEntry(mem, addr)
	if err != nil {
		return nil, err
	}
	back := uint64(binary.LittleEndian.Uint32(fde))
	if back == 0 { // a CIE
		return nil, errFrameInfo
	}
	cieAt := addr + 4 - back
	cie, err := readFrameEntry(mem, cieAt)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(cie) != 0 {
		return nil, errFrameInfo
	}
	c := &frameCode{}
	if err := c.readCIE(cie[4:], cieAt+8); err != nil {
		return nil, err
	}
	if err := c.readFDE(fde[4:], addr+8); err != nil {
		return nil, err
	}
	return c, nil
}

// readFrameEntry returns an entry of .eh_frame without its length.
func readFrameEntry(mem memory, addr uint64) ([]byte, error) {
	var l [4]byte
	if !mem(addr, l[:]) {
		return nil, errFrameInfo
	}
	n := binary.LittleEndian.Uint32(l[:]) // 0 ends the section, 0xffffffff announces 64 bits
	if n < 4 || n > maxFrameEntry {
		return nil, errFrameInfo
	}
	b := make([]byte, n)
	if !mem(addr+4, b) {
		return nil, errFrameInfo
	}
	return b, nil
}

// exports returns the addresses of the exported symbol name, one for each of its
// versions, by the object's DT_GNU_HASH.
func (o *objectInfo) exports(mem memory, name string) []uint64 {
	symtab, strtab, hash := o.symbolTables(mem)
	var h [16]byte
	if symtab == 0 || strtab == 0 || hash == 0 || !mem(hash, h[:]) {
		return nil
	}
	word := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(h[4*i:])) }
	buckets, first, bloom := word(0), word(1), word(2)
	if buckets == 0 {
		return nil
	}
	want := gnuHash(name)
	bucketAt := hash + 16 + 8*bloom
	var b [4]byte
	if !mem(bucketAt+4*(uint64(want)%buckets), b[:]) {
		return nil
	}
	i := uint64(binary.LittleEndian.Uint32(b[:]))
	var addrs []uint64
	for steps := 0; i >= first && steps < maxHashChain; steps++ {
		if !mem(bucketAt+4*buckets+4*(i-first), b[:]) {
			break
		}
		got := binary.LittleEndian.Uint32(b[:])
		if got|1 == want|1 {
			if a, ok := symbolNamed(mem, symtab+24*i, strtab, name); ok {
				addrs = append(addrs, o.bias+a)
			}
		}
		if got&1 != 0 {
			break
		}
		i++
	}
	return addrs
}

// symbolNamed returns the value of the symbol at addr if it has that name.
func symbolNamed(mem memory, addr, strtab uint64, name string) (uint64, bool) {
	var sym [24]byte
	if !mem(addr, sym[:]) {
		return 0, false
	}
	text := make([]byte, len(name)+1)
	if !mem(strtab+uint64(binary.LittleEndian.Uint32(sym[:])), text) || string(text) != name+"\x00" {
		return 0, false
	}
	return binary.LittleEndian.Uint64(sym[8:]), true
}

// symbolTables reads the dynamic section. glibc has made addresses of its entries,
// other loaders leave them as offsets.
func (o *objectInfo) symbolTables(mem memory) (symtab, strtab, hash uint64) {
	if o.dynamic == 0 {
		return 0, 0, 0
	}
	for i := uint64(0); i < maxDynamicEntries; i++ {
		var b [16]byte
		if !mem(o.dynamic+16*i, b[:]) {
			return 0, 0, 0
		}
		v := binary.LittleEndian.Uint64(b[8:])
		if v < o.bias {
			v += o.bias
		}
		switch elf.DynTag(binary.LittleEndian.Uint64(b[:])) {
		case elf.DT_NULL:
			return symtab, strtab, hash
		case elf.DT_SYMTAB:
			symtab = v
		case elf.DT_STRTAB:
			strtab = v
		case elf.DT_GNU_HASH:
			hash = v
		}
	}
	return 0, 0, 0
}

func gnuHash(name string) uint32 {
	h := uint32(5381)
	for i := 0; i < len(name); i++ {
		h = h*33 + uint32(name[i])
	}
	return h
}
