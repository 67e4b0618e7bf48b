package symbolize

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"sort"
)

// symbol is the function or object that an address belongs to.
type symbol struct {
	name  string
	value uint64
	size  uint64
}

// symbolSize is the size of an Elf64_Sym.
const symbolSize = 24

// lookup finds the symbols of several addresses in one pass over the symbol tables of
// the file and of its debug file. Tables of hundreds of thousands of entries are read in
// chunks and not kept: a dump asks for a few dozen addresses.
func (o *object) lookup(addrs []uint64) map[uint64]symbol {
	want := append([]uint64(nil), addrs...)
	sort.Slice(want, func(i, j int) bool { return want[i] < want[j] })
	s := &search{o: o, addrs: want, best: make([]candidate, len(want))}
	for _, f := range o.symbolFiles() {
		for _, typ := range []elf.SectionType{elf.SHT_SYMTAB, elf.SHT_DYNSYM} {
			s.table(f, typ)
		}
	}
	found := map[uint64]symbol{}
	for i, c := range s.best {
		if c.file == nil || want[i]-c.value >= c.reach() {
			continue
		}
		if name := c.file.name(c.strings, c.nameOff); name != "" {
			found[want[i]] = symbol{name, c.value, c.size}
		}
	}
	return found
}

// candidate is the best symbol so far for one address.
type candidate struct {
	file        *symbolFile
	strings     *elf.Section
	nameOff     uint32
	value, size uint64
	bind        elf.SymBind
	typ         elf.SymType
}

// unsized is how far a symbol without a size (hand-written assembly) reaches.
const unsized = pageSize

func (c *candidate) reach() uint64 {
	if c.size == 0 {
		return unsized
	}
	return c.size
}

// better prefers the symbol that covers the address, then the one that starts nearest,
// then functions over labels, and global names over local aliases.
func (c *candidate) better(old *candidate, addr uint64) bool {
	if old.file == nil {
		return true
	}
	covers, did := addr-c.value < c.size, addr-old.value < old.size
	if covers != did {
		return covers
	}
	if c.value != old.value {
		return c.value > old.value
	}
	if (c.typ == elf.STT_FUNC) != (old.typ == elf.STT_FUNC) {
		return c.typ == elf.STT_FUNC
	}
	return c.bind == elf.STB_GLOBAL && old.bind != elf.STB_GLOBAL
}

// symbolFile is a file with symbol tables: the object, or its debug file.
type symbolFile struct{ elf *elf.File }

// name reads one string of a string table.
func (f *symbolFile) name(strings *elf.Section, off uint32) string {
	if strings.ReaderAt == nil || uint64(off) >= strings.FileSize {
		return ""
	}
	buf := make([]byte, min(strings.FileSize-uint64(off), 256))
	for {
		n, _ := strings.ReadAt(buf, int64(off))
		if i := bytes.IndexByte(buf[:n], 0); i >= 0 {
			return string(buf[:i])
		}
		if n < len(buf) || n >= maxName || uint64(off)+uint64(n) >= strings.FileSize {
			return ""
		}
		buf = make([]byte, min(strings.FileSize-uint64(off), uint64(4*len(buf))))
	}
}

type search struct {
	o     *object
	addrs []uint64 // sorted
	best  []candidate
}

func (s *search) table(f *symbolFile, typ elf.SectionType) {
	sec := f.elf.SectionByType(typ)
	if sec == nil || sec.ReaderAt == nil || uint64(sec.Link) >= uint64(len(f.elf.Sections)) {
		return
	}
	names := f.elf.Sections[sec.Link]
	left := min(sec.FileSize/symbolSize, maxSymbols)
	buf := make([]byte, 4096*symbolSize)
	for off := int64(0); left > 0; {
		part := buf[:min(left, 4096)*symbolSize]
		n, _ := sec.ReadAt(part, off)
		n -= n % symbolSize
		for i := 0; i < n; i += symbolSize {
			s.entry(f, names, part[i:i+symbolSize])
		}
		if n < len(part) {
			return
		}
		off += int64(n)
		left -= uint64(n) / symbolSize
	}
}

// entry weighs one symbol for every address that it reaches.
func (s *search) entry(f *symbolFile, names *elf.Section, b []byte) {
	info, shndx := b[4], elf.SectionIndex(binary.LittleEndian.Uint16(b[6:]))
	c := candidate{
		file: f, strings: names, nameOff: binary.LittleEndian.Uint32(b),
		value: binary.LittleEndian.Uint64(b[8:]), size: binary.LittleEndian.Uint64(b[16:]),
		bind: elf.ST_BIND(info), typ: elf.ST_TYPE(info),
	}
	if shndx == elf.SHN_UNDEF || shndx >= elf.SHN_LORESERVE && shndx != elf.SHN_XINDEX || c.nameOff == 0 {
		return
	}
	switch c.typ {
	case elf.STT_FUNC, elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_GNU_IFUNC:
	default:
		return
	}
	from := sort.Search(len(s.addrs), func(i int) bool { return s.addrs[i] >= c.value })
	for i := from; i < len(s.addrs) && s.addrs[i]-c.value < c.reach(); i++ {
		if c.better(&s.best[i], s.addrs[i]) {
			s.best[i] = c
		}
	}
}
