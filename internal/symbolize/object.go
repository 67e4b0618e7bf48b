package symbolize

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// segment is a PT_LOAD.
type segment struct {
	vaddr, memsz, off, filesz uint64
	flags                     elf.ProgFlag
}

// object is an ELF file of the host, read as far as somebody asks.
type object struct {
	path   string // in the guest
	host   string
	file   *os.File
	elf    *elf.File
	size   int64
	loads  []segment
	relro  segment // zero without PT_GNU_RELRO
	ehdr   segment // PT_GNU_EH_FRAME
	interp string
	debug  *debugInfo // nil until asked for
}

// guard turns a panic of debug/elf, debug/dwarf or the demangler, which are not made
// for hostile files, into an error.
func guard(what string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: damaged: %v", what, p)
	}
}

// errNotX86 is the error for a file that is no 64-bit x86 ELF file.
var errNotX86 = errors.New("not an x86-64 ELF file")

// openObject opens a file as the object that the guest knows as path.
func openObject(path, host string) (o *object, err error) {
	// A FIFO in place of a file must not block us.
	f, err := os.OpenFile(host, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
			o = nil
		}
	}()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", host)
	}
	defer guard(host, &err)
	ef, err := elf.NewFile(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", host, err)
	}
	if ef.Class != elf.ELFCLASS64 || ef.Machine != elf.EM_X86_64 || ef.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("%s: %w", host, errNotX86)
	}
	o = &object{path: path, host: host, file: f, elf: ef, size: st.Size()}
	o.readSegments()
	if len(o.loads) == 0 {
		return nil, fmt.Errorf("%s: no segment to load", host)
	}
	return o, nil
}

func (o *object) readSegments() {
	for i, p := range o.elf.Progs {
		if i >= maxSegments {
			return
		}
		s := segment{p.Vaddr, p.Memsz, p.Off, p.Filesz, p.Flags}
		switch p.Type {
		case elf.PT_LOAD:
			if s.vaddr+s.memsz >= s.vaddr { // no wrap round the address space
				o.loads = append(o.loads, s)
			}
		case elf.PT_GNU_RELRO:
			o.relro = s
		case elf.PT_GNU_EH_FRAME:
			o.ehdr = s
		case elf.PT_INTERP:
			b := make([]byte, min(p.Filesz, pageSize))
			if _, err := o.file.ReadAt(b, int64(p.Off)); err == nil {
				for len(b) > 0 && b[len(b)-1] == 0 {
					b = b[:len(b)-1]
				}
				o.interp = string(b)
			}
		}
	}
}

func (o *object) close() {
	if o != nil && o.file != nil {
		o.file.Close()
		o.debug.close()
	}
}

// pie reports whether the kernel chooses the load address.
func (o *object) pie() bool { return o.elf.Type == elf.ET_DYN }

// span is the memory that the object takes, relative to its load address.
func (o *object) span() (start, end uint64) {
	start = ^uint64(0)
	for _, s := range o.loads {
		start = min(start, s.vaddr&^(pageSize-1))
		end = max(end, s.vaddr+s.memsz)
	}
	return start, end
}

// at returns the segment of an address of the file.
func (o *object) at(vaddr uint64) (segment, bool) {
	for _, s := range o.loads {
		if vaddr >= s.vaddr && vaddr-s.vaddr < s.memsz {
			return s, true
		}
	}
	return segment{}, false
}

// code reports whether an address of the file is in an executable segment.
func (o *object) code(vaddr uint64) bool {
	s, ok := o.at(vaddr)
	return ok && s.flags&elf.PF_X != 0
}

// read fills as much of b as the file holds from vaddr on, and returns how much.
func (o *object) read(b []byte, vaddr uint64) int {
	s, ok := o.at(vaddr)
	if !ok {
		return 0
	}
	in := vaddr - s.vaddr
	if in >= s.filesz {
		return 0
	}
	if left := s.filesz - in; uint64(len(b)) > left {
		b = b[:left]
	}
	off := int64(s.off + in)
	if off < 0 {
		return 0
	}
	n, _ := o.file.ReadAt(b, off)
	return n
}
