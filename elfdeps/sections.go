package elfdeps

import "debug/elf"

// section is one section header.
type section struct {
	name             string
	typ              elf.SectionType
	off, size, align uint64
}

// sections reads the section headers of the file that was parsed last. The loader does
// without them, and so do we: strip removes them, and a table that cannot be read is none.
func (p *parser) sections() []section {
	pg, err := p.pager.bytes(0, 64, "the ELF header")
	if err != nil {
		return nil
	}
	o := p.hdr.order
	var shoff uint64
	var entsize, num, strndx, want uint16
	if p.hdr.class == elf.ELFCLASS64 {
		shoff, want = o.Uint64(pg[40:]), 64
		entsize, num, strndx = o.Uint16(pg[58:]), o.Uint16(pg[60:]), o.Uint16(pg[62:])
	} else {
		shoff, want = uint64(o.Uint32(pg[32:])), 40
		entsize, num, strndx = o.Uint16(pg[46:]), o.Uint16(pg[48:]), o.Uint16(pg[50:])
	}
	if shoff == 0 || entsize != want || num > maxSections || strndx >= num {
		return nil
	}
	read := func(i uint16) (s section, name uint32, ok bool) {
		b, err := p.pager.bytes(shoff+uint64(i)*uint64(entsize), uint64(entsize), "a section header")
		if err != nil {
			return section{}, 0, false
		}
		s.typ = elf.SectionType(o.Uint32(b[4:]))
		if want == 64 {
			s.off, s.size, s.align = o.Uint64(b[24:]), o.Uint64(b[32:]), o.Uint64(b[48:])
		} else {
			s.off, s.size, s.align = uint64(o.Uint32(b[16:])), uint64(o.Uint32(b[20:])), uint64(o.Uint32(b[32:]))
		}
		return s, o.Uint32(b), true
	}
	strs, _, ok := read(strndx)
	if !ok {
		return nil
	}
	var all []section
	for i := range num {
		s, name, ok := read(i)
		if !ok {
			return nil
		}
		b, err := p.pager.cstring(strs.off+uint64(name), "a section's name")
		if err != nil {
			return nil
		}
		s.name = string(b[:min(len(b), maxName)])
		all = append(all, s)
	}
	return all
}
