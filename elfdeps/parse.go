package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Parse reads what the loader reads of the ELF file in r: any class, byte order and
// machine. The error is ErrNotELF (wrapped, with what the file is instead), a
// *FormatError, or r's own.
func Parse(r io.ReaderAt) (*File, error) {
	p := new(parser)
	f, err := p.parse(r)
	if err == nil {
		err = p.interp
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// parser holds the buffers that one Loader uses for file after file.
type parser struct {
	pager   pager
	hdr     header
	loads   []load
	notes   []progHeader      // PT_NOTE
	symbols symbolTables      // of the dynamic section
	scan    []byte            // buffer of libraryStrings
	strings int               // bytes of strings taken so far
	intern  map[string]string // strings that many files share, such as GLIBC_2.2.5; may be nil

	headersRead  bool   // the program headers are known
	interp       error  // what is wrong with PT_INTERP, which matters in a program only
	dynamicAddr  uint64 // p_vaddr of the last PT_DYNAMIC that is not empty
	dynamicEmpty bool   // a PT_DYNAMIC is: what separate debug information has
	noStrings    bool   // the dynamic section has no DT_STRTAB
}

// load is one PT_LOAD: where virtual addresses lie in the file.
type load struct {
	vaddr, off, filesz, memsz, align uint64
	flags                            elf.ProgFlag
}

// header is the ELF header. The loader judges it before anything else.
type header struct {
	read       bool // the file starts as ELF
	size       int  // bytes of the file, at most pageSize
	class      elf.Class
	data       elf.Data
	version    byte // e_ident[EI_VERSION]
	osabi      elf.OSABI
	abiVersion byte
	padding    bool // e_ident's padding is not zero
	typ        elf.Type
	machine    elf.Machine
	eversion   uint32
	entry      uint64
	phoff      uint64
	phentsize  uint16
	phnum      uint16
	order      binary.ByteOrder
}

// parse fills p.hdr as soon as the header is read, also when the rest fails: a library
// of the wrong class is skipped whatever else is wrong with it.
func (p *parser) parse(r io.ReaderAt) (*File, error) {
	p.pager.reset(r)
	p.loads, p.notes, p.strings, p.hdr = p.loads[:0], p.notes[:0], 0, header{}
	p.symbols = symbolTables{noTag, noTag, noTag, noTag}
	p.interp, p.dynamicAddr, p.dynamicEmpty, p.noStrings, p.headersRead = nil, 0, false, false, false
	if err := p.readHeader(); err != nil {
		return nil, err
	}
	h := &p.hdr
	f := &File{
		Class: h.class, Data: h.data, OSABI: h.osabi, ABIVersion: h.abiVersion,
		Machine: h.machine, Type: h.typ, Entry: h.entry,
	}
	dynamic, err := p.readProgramHeaders(f)
	if err != nil {
		return nil, err
	}
	if dynamic != nil {
		f.Dynamic = true
		if err := p.readDynamic(f, *dynamic); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (p *parser) readHeader() error {
	pg, err := p.pager.page(0)
	if err != nil {
		return err
	}
	h := &p.hdr
	h.size = len(pg)
	if len(pg) < shortest {
		return shortError{describe(pg)}
	}
	if string(pg[:4]) != elf.ELFMAG {
		return fmt.Errorf("%w: %s", ErrNotELF, describe(pg))
	}
	h.read = true
	h.class, h.data = elf.Class(pg[elf.EI_CLASS]), elf.Data(pg[elf.EI_DATA])
	h.version, h.osabi, h.abiVersion = pg[elf.EI_VERSION], elf.OSABI(pg[elf.EI_OSABI]), pg[elf.EI_ABIVERSION]
	h.padding = !bytes.Equal(pg[elf.EI_PAD:elf.EI_NIDENT], make([]byte, elf.EI_NIDENT-elf.EI_PAD))
	switch h.data {
	case elf.ELFDATA2LSB:
		h.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		h.order = binary.BigEndian
	default:
		return badf(elf.EI_DATA, "unknown byte order %d", byte(h.data))
	}
	size, phentsize := 64, 56
	switch h.class {
	case elf.ELFCLASS64:
	case elf.ELFCLASS32:
		size, phentsize = 52, 32
	default:
		return badf(elf.EI_CLASS, "unknown class %d", byte(h.class))
	}
	if len(pg) < size {
		return badf(uint64(len(pg)), "file too short: the ELF header is cut off")
	}
	h.typ = elf.Type(h.order.Uint16(pg[16:]))
	h.machine = elf.Machine(h.order.Uint16(pg[18:]))
	h.eversion = h.order.Uint32(pg[20:])
	if h.class == elf.ELFCLASS64 {
		h.entry, h.phoff = h.order.Uint64(pg[24:]), h.order.Uint64(pg[32:])
		h.phentsize, h.phnum = h.order.Uint16(pg[54:]), h.order.Uint16(pg[56:])
	} else {
		h.entry, h.phoff = uint64(h.order.Uint32(pg[24:])), uint64(h.order.Uint32(pg[28:]))
		h.phentsize, h.phnum = h.order.Uint16(pg[42:]), h.order.Uint16(pg[44:])
	}
	if h.phnum > 0 && int(h.phentsize) != phentsize {
		return badf(uint64(size-10), "program headers of %d bytes instead of %d", h.phentsize, phentsize)
	}
	return nil
}

// progHeader is one program header, of either class.
type progHeader struct {
	typ                              elf.ProgType
	flags                            elf.ProgFlag
	off, vaddr, filesz, memsz, align uint64
}

func (p *parser) readProgramHeaders(f *File) (dynamic *progHeader, err error) {
	h := &p.hdr
	size := uint64(h.phnum) * uint64(h.phentsize)
	if size > maxPhdrBytes {
		return nil, badf(h.phoff, "%d program headers, more than the kernel takes", h.phnum)
	}
	if size == 0 {
		p.headersRead = true
		return nil, nil
	}
	table, err := p.pager.bytes(h.phoff, size, "the program header table")
	if err != nil {
		return nil, err
	}
	// Values, not pointers to the loop's variable: that would put every header on the heap.
	var interp, property, dyn progHeader
	for ; len(table) > 0; table = table[h.phentsize:] {
		ph := p.decodeProgHeader(table)
		switch ph.typ {
		case elf.PT_LOAD:
			p.loads = append(p.loads, load{ph.vaddr, ph.off, ph.filesz, ph.memsz, ph.align, ph.flags})
			f.Loadable = true
		case elf.PT_DYNAMIC:
			if ph.filesz == 0 {
				p.dynamicEmpty = true
				break
			}
			dyn, dynamic, p.dynamicAddr = ph, &dyn, ph.vaddr
		case elf.PT_INTERP:
			if interp.typ == 0 { // the kernel takes the first
				interp = ph
			}
		case elf.PT_GNU_PROPERTY:
			property = ph
		case elf.PT_NOTE:
			p.notes = append(p.notes, ph)
		}
	}
	p.headersRead = true
	if interp.typ != 0 {
		f.Interpreter, p.interp = p.readInterpreter(interp)
	}
	if property.typ != 0 {
		f.ISANeeded = p.readISA(property)
	}
	return dynamic, nil
}

func (p *parser) decodeProgHeader(b []byte) progHeader {
	o := p.hdr.order
	if p.hdr.class == elf.ELFCLASS64 {
		return progHeader{
			typ: elf.ProgType(o.Uint32(b)), flags: elf.ProgFlag(o.Uint32(b[4:])),
			off: o.Uint64(b[8:]), vaddr: o.Uint64(b[16:]), filesz: o.Uint64(b[32:]), memsz: o.Uint64(b[40:]), align: o.Uint64(b[48:]),
		}
	}
	return progHeader{
		typ: elf.ProgType(o.Uint32(b)), flags: elf.ProgFlag(o.Uint32(b[24:])),
		off: uint64(o.Uint32(b[4:])), vaddr: uint64(o.Uint32(b[8:])), filesz: uint64(o.Uint32(b[16:])), memsz: uint64(o.Uint32(b[20:])), align: uint64(o.Uint32(b[28:])),
	}
}

func (p *parser) readInterpreter(ph progHeader) (string, error) {
	if ph.filesz < 2 || ph.filesz > maxPath { // the kernel's own bounds
		return "", badf(ph.off, "an interpreter name of %d bytes", ph.filesz)
	}
	b, err := p.pager.bytes(ph.off, ph.filesz, "the interpreter's name")
	if err != nil {
		return "", err
	}
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return "", badf(ph.off, "the interpreter's name does not end")
	}
	return string(b[:i]), nil
}

// fileOffset maps a virtual address through PT_LOAD.
func (p *parser) fileOffset(vaddr uint64) (uint64, bool) {
	for _, l := range p.loads {
		if vaddr >= l.vaddr && vaddr-l.vaddr < l.filesz {
			return vaddr - l.vaddr + l.off, true
		}
	}
	return 0, false
}

// bytesFrom counts the bytes that the file has from a virtual address to the end of its
// segment.
func (p *parser) bytesFrom(vaddr uint64) uint64 {
	for _, l := range p.loads {
		if vaddr >= l.vaddr && vaddr-l.vaddr < l.filesz {
			return l.filesz - (vaddr - l.vaddr)
		}
	}
	return 0
}

// zeroFilled reports whether an address lies where memory has zeros and the file nothing:
// every string there is empty.
func (p *parser) zeroFilled(vaddr uint64) bool {
	for _, l := range p.loads {
		if vaddr >= l.vaddr && vaddr-l.vaddr >= l.filesz && vaddr-l.vaddr < l.memsz {
			return true
		}
	}
	return false
}

// shortest is the size of the smaller ELF header: a file with fewer bytes is no ELF file
// whatever it starts with.
const shortest = 52

// errShort marks what glibc calls "file too short" rather than "invalid ELF header".
var errShort = errors.New("file too short")

type shortError struct{ what string }

func (e shortError) Error() string        { return ErrNotELF.Error() + ": " + e.what }
func (e shortError) Is(target error) bool { return target == ErrNotELF || target == errShort }

// foreign starts of files that people try to run, by their first bytes.
var foreign = []struct{ magic, what string }{
	{"\xcf\xfa\xed\xfe", "a Mach-O file (macOS)"},
	{"\xce\xfa\xed\xfe", "a Mach-O file (macOS)"},
	{"\xca\xfe\xba\xbe", "a Mach-O universal or Java class file"},
	{"MZ", "a Windows program"},
	{"!<arch>\n", "a static library (.a)"},
	{"/* GNU ld script", "a linker script"},
	{"version https://git-lfs", "a Git LFS pointer; fetch the file with git lfs pull"},
	{"\x00asm", "a WebAssembly module"},
	{"\x1f\x8b", "gzip data"},
	{"PK\x03\x04", "a zip file"},
}

func describe(b []byte) string {
	if len(b) == 0 {
		return "the file is empty"
	}
	if strings.HasPrefix(string(b), "#!") {
		line, _, _ := strings.Cut(string(b[:min(len(b), 128)]), "\n")
		return fmt.Sprintf("a script for %q", strings.TrimSpace(line[2:]))
	}
	for _, f := range foreign {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return f.what
		}
	}
	if len(b) < elf.EI_NIDENT && bytes.HasPrefix([]byte(elf.ELFMAG), b[:min(len(b), 4)]) {
		return "the file is cut off within the ELF header"
	}
	return fmt.Sprintf("it starts with %q", b[:min(len(b), 8)])
}
