package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// image describes an ELF file to build: enough for the real loader to map it and follow
// its dynamic section, with no code in it. Building is a thousand times faster than gcc.
type image struct {
	class      elf.Class   // 0: ELFCLASS64
	machine    elf.Machine // 0: EM_X86_64
	typ        elf.Type    // 0: ET_DYN
	osabi      elf.OSABI
	abiVersion byte
	interp     string
	soname     string
	needed     []string
	auxiliary  []string
	filter     []string
	rpath      *string
	runpath    *string
	flags1     elf.DynFlag1
	verneed    map[string][]string // library → versions; a leading "~" makes one weak
	verdef     []string
	noDynamic  bool
	isa        uint32 // GNU_PROPERTY_X86_ISA_1_NEEDED
	imports    []string
	rodata     string
	dlopenNote []string // payloads of .note.dlopen
	stripped   bool     // no section headers

	noteSection bool // the note is in a section only, no PT_NOTE
}

type builder struct {
	bytes.Buffer
	strs  bytes.Buffer
	wide  bool
	order binary.ByteOrder
}

func (b *builder) put(vs ...any) {
	for _, v := range vs {
		_ = binary.Write(b, b.order, v)
	}
}

func (b *builder) word(v uint64) {
	if b.wide {
		b.put(v)
	} else {
		b.put(uint32(v))
	}
}

func (b *builder) align(n int) {
	for b.Len()%n != 0 {
		b.WriteByte(0)
	}
}

func (b *builder) str(s string) uint64 {
	n := b.strs.Len()
	b.strs.WriteString(s)
	b.strs.WriteByte(0)
	return uint64(n)
}

// sysvHash is the ELF hash of a version's name.
func sysvHash(s string) uint32 {
	var h uint32
	for i := range len(s) {
		h = h<<4 + uint32(s[i])
		g := h & 0xf0000000
		h = (h ^ g>>24) &^ g
	}
	return h
}

// build lays the file out as one segment: headers, interpreter, note, symbol table,
// hash, versions, strings, dynamic section.
func (im image) build() []byte {
	if im.class == 0 {
		im.class = elf.ELFCLASS64
	}
	if im.machine == 0 {
		im.machine = elf.EM_X86_64
	}
	if im.typ == 0 {
		im.typ = elf.ET_DYN
	}
	b := &builder{wide: im.class == elf.ELFCLASS64, order: binary.LittleEndian}
	b.str("")
	ehsize, phsize, symsize := 64, 56, 24
	if !b.wide {
		ehsize, phsize, symsize = 52, 32, 16
	}
	phnum := 7
	b.Write(make([]byte, ehsize+phnum*phsize))

	interp := b.Len()
	b.WriteString(im.interp + "\x00")
	b.align(8)
	note := b.Len()
	if im.isa != 0 {
		b.put(uint32(4), uint32(16), uint32(noteGNUProperty), []byte("GNU\x00"), uint32(propertyISANeeded), uint32(4), im.isa, uint32(0))
	}
	noteSize := b.Len() - note
	symtab := b.Len()
	b.Write(make([]byte, symsize))
	for _, name := range im.imports {
		b.put(uint32(b.str(name)), make([]byte, symsize-4))
	}
	hash := b.Len()
	b.put(uint32(1), uint32(1+len(im.imports)), uint32(0), uint32(0), make([]byte, 4*len(im.imports)))
	b.align(8)
	dlopen := b.Len()
	for _, json := range im.dlopenNote {
		b.put(uint32(4), uint32(len(json)+1), uint32(noteDlopen), []byte("FDO\x00"), []byte(json), byte(0))
		b.align(4)
	}
	dlopenSize := b.Len() - dlopen
	rodata := b.Len()
	b.WriteString(im.rodata)

	type dyn struct {
		tag elf.DynTag
		val uint64
	}
	var dyns []dyn
	add := func(tag elf.DynTag, val uint64) { dyns = append(dyns, dyn{tag, val}) }
	for _, n := range im.filter {
		add(elf.DT_FILTER, b.str(n))
	}
	for _, n := range im.auxiliary {
		add(elf.DT_AUXILIARY, b.str(n))
	}
	for _, n := range im.needed {
		add(elf.DT_NEEDED, b.str(n))
	}
	if im.soname != "" {
		add(elf.DT_SONAME, b.str(im.soname))
	}
	if im.rpath != nil {
		add(elf.DT_RPATH, b.str(*im.rpath))
	}
	if im.runpath != nil {
		add(elf.DT_RUNPATH, b.str(*im.runpath))
	}
	if im.flags1 != 0 {
		add(elf.DT_FLAGS_1, uint64(im.flags1))
	}
	b.align(8)
	versym := b.Len()
	b.put(uint16(0))
	if len(im.verneed)+len(im.verdef) > 0 {
		add(elf.DT_VERSYM, uint64(versym))
	}
	b.align(8)
	if len(im.verneed) > 0 {
		add(elf.DT_VERNEED, uint64(b.Len()))
		add(elf.DT_VERNEEDNUM, uint64(len(im.verneed)))
		b.verneed(im.verneed)
	}
	if len(im.verdef) > 0 {
		add(elf.DT_VERDEF, uint64(b.Len()))
		add(elf.DT_VERDEFNUM, uint64(len(im.verdef)))
		for i, v := range im.verdef {
			next := uint32(28)
			if i == len(im.verdef)-1 {
				next = 0
			}
			b.put(uint16(1), uint16(0), uint16(i+1), uint16(1), sysvHash(v), uint32(20), next, uint32(b.str(v)), uint32(0))
		}
	}
	strtab := b.Len()
	b.Write(b.strs.Bytes())
	add(elf.DT_STRTAB, uint64(strtab))
	add(elf.DT_STRSZ, uint64(b.strs.Len()))
	add(elf.DT_SYMTAB, uint64(symtab))
	add(elf.DT_SYMENT, uint64(symsize))
	add(elf.DT_HASH, uint64(hash))
	add(elf.DT_NULL, 0)
	b.align(16)
	dynamic := b.Len()
	for _, d := range dyns {
		b.word(uint64(d.tag))
		b.word(d.val)
	}
	size := b.Len()
	var sections int // offset of the section headers
	if !im.stripped && len(im.rodata)+dlopenSize > 0 && b.wide {
		names := "\x00.rodata\x00.note.dlopen\x00.shstrtab\x00"
		b.WriteString(names)
		b.align(8)
		sections = b.Len()
		header := func(name string, typ elf.SectionType, off, size int) {
			b.put(uint32(strings.Index(names, name)), uint32(typ), uint64(0), uint64(off), uint64(off), uint64(size), uint64(0), uint64(4), uint64(0))
		}
		header("\x00", elf.SHT_NULL, 0, 0)
		header(".rodata", elf.SHT_PROGBITS, rodata, len(im.rodata))
		header(".note.dlopen", elf.SHT_NOTE, dlopen, dlopenSize)
		header(".shstrtab", elf.SHT_STRTAB, size, len(names))
	}

	head := &builder{wide: b.wide, order: b.order}
	head.WriteString(elf.ELFMAG)
	head.put(byte(im.class), byte(elf.ELFDATA2LSB), byte(1), byte(im.osabi), im.abiVersion, make([]byte, 7))
	head.put(uint16(im.typ), uint16(im.machine), uint32(1))
	head.word(0)
	head.word(uint64(ehsize))
	head.word(uint64(sections))
	if sections > 0 {
		head.put(uint32(0), uint16(ehsize), uint16(phsize), uint16(phnum), uint16(64), uint16(4), uint16(3))
	} else {
		head.put(uint32(0), uint16(ehsize), uint16(phsize), uint16(phnum), uint16(0), uint16(0), uint16(0))
	}
	ph := func(typ elf.ProgType, off, size int, flags elf.ProgFlag, align uint64) {
		if b.wide {
			head.put(uint32(typ), uint32(flags), uint64(off), uint64(off), uint64(off), uint64(size), uint64(size), align)
		} else {
			head.put(uint32(typ), uint32(off), uint32(off), uint32(off), uint32(size), uint32(size), uint32(flags), uint32(align))
		}
	}
	phdr, unused := elf.PT_PHDR, elf.PT_NULL
	ph(phdr, ehsize, phnum*phsize, elf.PF_R, 8)
	if im.interp != "" {
		ph(elf.PT_INTERP, interp, len(im.interp)+1, elf.PF_R, 1)
	} else {
		ph(unused, 0, 0, 0, 1)
	}
	ph(elf.PT_LOAD, 0, size, elf.PF_R|elf.PF_W, 4096)
	if im.noDynamic {
		ph(unused, 0, 0, 0, 1)
	} else {
		ph(elf.PT_DYNAMIC, dynamic, size-dynamic, elf.PF_R|elf.PF_W, 8)
	}
	ph(elf.PT_GNU_STACK, 0, 0, elf.PF_R|elf.PF_W, 16)
	if noteSize > 0 {
		ph(elf.PT_GNU_PROPERTY, note, noteSize, elf.PF_R, 8)
	} else {
		ph(unused, 0, 0, 0, 1)
	}
	if dlopenSize > 0 && !im.noteSection {
		ph(elf.PT_NOTE, dlopen, dlopenSize, elf.PF_R, 4)
	} else {
		ph(unused, 0, 0, 0, 1)
	}
	out := b.Bytes()
	copy(out, head.Bytes())
	return out
}

func (b *builder) verneed(libs map[string][]string) {
	names := slices.Sorted(maps.Keys(libs))
	for i, lib := range names {
		versions := libs[lib]
		next := uint32(16 + 16*len(versions))
		if i == len(names)-1 {
			next = 0
		}
		b.put(uint16(1), uint16(len(versions)), uint32(b.str(lib)), uint32(16), next)
		for j, v := range versions {
			flags := uint16(0)
			if v[0] == '~' {
				v, flags = v[1:], verFlagWeak
			}
			next := uint32(16)
			if j == len(versions)-1 {
				next = 0
			}
			b.put(sysvHash(v), flags, uint16(2+j), uint32(b.str(v)), next)
		}
	}
}

func ptr(s string) *string { return &s }
