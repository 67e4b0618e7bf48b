package elfdeps

import "debug/elf"

// symbolTables are virtual addresses from the dynamic section; noTag when absent.
type symbolTables struct{ strtab, symtab, hash, gnuHash uint64 }

func (t *symbolTables) add(tag, val uint64) {
	switch elf.DynTag(tag) {
	case elf.DT_STRTAB:
		t.strtab = val
	case elf.DT_SYMTAB:
		t.symtab = val
	case elf.DT_HASH:
		t.hash = val
	case elf.DT_GNU_HASH:
		t.gnuHash = val
	}
}

// imports calls fn with the name of each undefined dynamic symbol of the file that was
// parsed last; the bytes are valid until fn returns. It needs no section headers: with
// DT_GNU_HASH undefined symbols lie before the first hashed one, and DT_HASH counts all.
func (p *parser) imports(fn func(name []byte)) error {
	symtab, ok := p.fileOffset(p.symbols.symtab)
	strtab, ok2 := p.fileOffset(p.symbols.strtab)
	if !ok || !ok2 {
		return nil
	}
	count, err := p.symbolCount()
	if err != nil {
		return err
	}
	size, shndx := uint64(24), 6
	if p.hdr.class == elf.ELFCLASS32 {
		size, shndx = 16, 14
	}
	for i := uint64(1); i < count; i++ { // the first is reserved
		if i == maxSymbols {
			return badf(symtab, "more than %d undefined symbols", maxSymbols)
		}
		b, err := p.pager.bytes(symtab+i*size, size, "a dynamic symbol")
		if err != nil {
			return err
		}
		name := uint64(p.hdr.order.Uint32(b))
		if p.hdr.order.Uint16(b[shndx:]) != uint16(elf.SHN_UNDEF) || name == 0 {
			continue
		}
		s, err := p.pager.cstring(strtab+name, "a symbol's name")
		if err != nil {
			return err
		}
		fn(s)
	}
	return nil
}

// symbolCount bounds the index of undefined symbols.
func (p *parser) symbolCount() (uint64, error) {
	if off, ok := p.fileOffset(p.symbols.gnuHash); ok {
		b, err := p.pager.bytes(off, 8, "DT_GNU_HASH") // nbuckets, symoffset
		if err != nil {
			return 0, err
		}
		return uint64(p.hdr.order.Uint32(b[4:])), nil
	}
	if off, ok := p.fileOffset(p.symbols.hash); ok {
		b, err := p.pager.bytes(off, 8, "DT_HASH") // nbucket, nchain
		if err != nil {
			return 0, err
		}
		return uint64(p.hdr.order.Uint32(b[4:])), nil
	}
	return 0, nil
}
