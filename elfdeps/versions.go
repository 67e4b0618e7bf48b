package elfdeps

import "debug/elf"

// verFlagWeak is VER_FLG_WEAK: a missing version is only warned about.
const verFlagWeak = 0x2

// readVersions reads DT_VERNEED and DT_VERDEF. As in glibc the lists end where the
// offset to the next entry is 0; the counts in DT_VERNEEDNUM and DT_VERDEFNUM are not
// consulted. The layouts are the same for both classes.
func (p *parser) readVersions(f *File, strtab uint64, t *dynTable) error {
	entries := 0
	if t.verneed != noTag {
		off, ok := p.fileOffset(t.verneed)
		if !ok {
			return badf(t.verneed, "the address of DT_VERNEED lies in no segment;")
		}
		if err := p.readVerneed(f, strtab, off, &entries); err != nil {
			return err
		}
	}
	if t.verdef != noTag {
		off, ok := p.fileOffset(t.verdef)
		if !ok {
			return badf(t.verdef, "the address of DT_VERDEF lies in no segment;")
		}
		return p.readVerdef(f, strtab, off, &entries)
	}
	return nil
}

// Elf_Verneed: version, cnt uint16; file, aux, next uint32.
// Elf_Vernaux: hash uint32; flags, other uint16; name, next uint32.
func (p *parser) readVerneed(f *File, strtab, off uint64, entries *int) error {
	o := p.hdr.order
	for {
		b, err := p.pager.bytes(off, 16, "a DT_VERNEED entry")
		if err != nil {
			return err
		}
		if v := o.Uint16(b); v != 1 {
			return badf(off, "version %d of a DT_VERNEED entry", v)
		}
		file, aux, next := uint64(o.Uint32(b[4:])), uint64(o.Uint32(b[8:])), uint64(o.Uint32(b[12:]))
		need := VersionNeed{}
		if need.Library, err = p.str(strtab, file, "a library's name in DT_VERNEED"); err != nil {
			return err
		}
		for at := off + aux; ; {
			if *entries++; *entries > maxVersions {
				return badf(at, "more than %d symbol versions", maxVersions)
			}
			b, err := p.pager.bytes(at, 16, "a version in DT_VERNEED")
			if err != nil {
				return err
			}
			flags, name, next := o.Uint16(b[4:]), uint64(o.Uint32(b[8:])), uint64(o.Uint32(b[12:]))
			v := NeededVersion{Weak: flags&verFlagWeak != 0}
			if v.Name, err = p.str(strtab, name, "a version's name"); err != nil {
				return err
			}
			need.Versions = append(need.Versions, v)
			if next == 0 {
				break
			}
			at += next
		}
		f.Verneed = append(f.Verneed, need)
		if next == 0 {
			return nil
		}
		off += next
	}
}

// Elf_Verdef: version, flags, ndx, cnt uint16; hash, aux, next uint32.
// Elf_Verdaux: name, next uint32; only the first names the version itself.
func (p *parser) readVerdef(f *File, strtab, off uint64, entries *int) error {
	o := p.hdr.order
	for {
		if *entries++; *entries > maxVersions {
			return badf(off, "more than %d symbol versions", maxVersions)
		}
		b, err := p.pager.bytes(off, 20, "a DT_VERDEF entry")
		if err != nil {
			return err
		}
		if v := o.Uint16(b); v != 1 {
			return badf(off, "version %d of a DT_VERDEF entry", v)
		}
		aux, next := uint64(o.Uint32(b[12:])), uint64(o.Uint32(b[16:]))
		b, err = p.pager.bytes(off+aux, 8, "a version's name in DT_VERDEF")
		if err != nil {
			return err
		}
		name, err := p.str(strtab, uint64(o.Uint32(b)), "a version's name")
		if err != nil {
			return err
		}
		f.Verdef = append(f.Verdef, name)
		if next == 0 {
			return nil
		}
		off += next
	}
}

// noteGNUProperty is NT_GNU_PROPERTY_TYPE_0, propertyISANeeded
// GNU_PROPERTY_X86_ISA_1_NEEDED (x86-64 psABI).
const (
	noteGNUProperty   = 5
	propertyISANeeded = 0xc0008002
)

// readISA takes the CPU level from the note in PT_GNU_PROPERTY. Like the loader it
// ignores a note that it does not understand.
func (p *parser) readISA(ph progHeader) uint32 {
	if ph.filesz < 16 || ph.filesz > maxNote || (p.hdr.machine != elf.EM_X86_64 && p.hdr.machine != elf.EM_386) {
		return 0
	}
	b, err := p.pager.bytes(ph.off, ph.filesz, "PT_GNU_PROPERTY")
	if err != nil {
		return 0
	}
	o := p.hdr.order
	if o.Uint32(b) != 4 || o.Uint32(b[8:]) != noteGNUProperty || string(b[12:16]) != "GNU\x00" {
		return 0
	}
	align := 4
	if p.hdr.class == elf.ELFCLASS64 {
		align = 8
	}
	desc := b[16:min(len(b), 16+int(o.Uint32(b[4:])&0xffff))]
	for len(desc) >= 8 {
		typ, size := o.Uint32(desc), o.Uint32(desc[4:])
		if uint64(size) > uint64(len(desc)-8) {
			return 0
		}
		if typ == propertyISANeeded && size == 4 {
			return o.Uint32(desc[8:])
		}
		desc = desc[min(len(desc), 8+(int(size)+align-1)&^(align-1)):]
	}
	return 0
}
