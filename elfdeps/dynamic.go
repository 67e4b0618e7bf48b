package elfdeps

import (
	"debug/elf"
	"math"
	"strings"
)

// dynTable collects the tags of PT_DYNAMIC that matter. Of a tag that occurs twice the
// last counts, as in glibc's elf_get_dynamic_info, except for the lists.
type dynTable struct {
	needs                   []dynNeed // DT_NEEDED, DT_AUXILIARY, DT_FILTER
	soname, rpath, runpath  uint64    // offsets into the string table; noTag when absent
	strtab, verneed, verdef uint64    // virtual addresses; noTag when absent
}

type dynNeed struct {
	off uint64 // into the string table
	tag elf.DynTag
}

const noTag = math.MaxUint64

func (p *parser) readDynamic(f *File, ph progHeader) error {
	t := dynTable{soname: noTag, rpath: noTag, runpath: noTag, strtab: noTag, verneed: noTag, verdef: noTag}
	off, ok := p.fileOffset(ph.vaddr)
	if !ok {
		off = ph.off
	}
	// The loader reads up to DT_NULL whatever p_filesz says; behind the segment are zeros.
	size := max(ph.filesz, p.bytesFrom(ph.vaddr))
	entry := uint64(16)
	if p.hdr.class == elf.ELFCLASS32 {
		entry = 8
	}
	for i := uint64(0); (i+1)*entry <= size; i++ {
		if i == maxDynamic {
			return badf(off, "a dynamic section of more than %d entries", maxDynamic)
		}
		b, err := p.pager.bytes(off+i*entry, entry, "the dynamic section")
		if err != nil {
			return err
		}
		var tag, val uint64
		if entry == 16 {
			tag, val = p.hdr.order.Uint64(b), p.hdr.order.Uint64(b[8:])
		} else {
			tag, val = uint64(p.hdr.order.Uint32(b)), uint64(p.hdr.order.Uint32(b[4:]))
		}
		if tag == uint64(elf.DT_NULL) {
			break
		}
		t.add(f, tag, val)
		p.symbols.add(tag, val)
	}
	return p.finishDynamic(f, &t)
}

func (t *dynTable) add(f *File, tag, val uint64) {
	switch elf.DynTag(tag) {
	case elf.DT_NEEDED, elf.DT_AUXILIARY, elf.DT_FILTER:
		t.needs = append(t.needs, dynNeed{val, elf.DynTag(tag)}) // at most maxDynamic
	case elf.DT_SONAME:
		t.soname = val
	case elf.DT_RPATH:
		t.rpath = val
	case elf.DT_RUNPATH:
		t.runpath = val
	case elf.DT_STRTAB:
		t.strtab = val
	case elf.DT_FLAGS_1:
		f.Flags1 = val
	case elf.DT_VERNEED:
		t.verneed = val
	case elf.DT_VERDEF:
		t.verdef = val
	}
}

func (p *parser) finishDynamic(f *File, t *dynTable) (err error) {
	if t.strtab == noTag {
		p.noStrings = true
		return nil // no strings, so nothing that concerns us
	}
	strtab, ok := p.fileOffset(t.strtab)
	if !ok {
		if len(t.needs) == 0 && (t.soname == noTag || p.zeroFilled(t.strtab)) {
			return nil
		}
		return badf(t.strtab, "the string table's address lies in no segment;")
	}
	if len(t.needs) > maxNeeds {
		return badf(strtab, "a file that needs %d libraries", len(t.needs))
	}
	for _, n := range t.needs {
		name, err := p.str(strtab, n.off, n.tag.String())
		if err != nil {
			return err
		}
		f.addNeed(name, n.tag)
	}
	if t.soname != noTag {
		if f.Soname, err = p.str(strtab, t.soname, "DT_SONAME"); err != nil {
			return err
		}
	}
	if f.Rpath, err = p.searchPath(strtab, t.rpath, "DT_RPATH"); err != nil {
		return err
	}
	if f.Runpath, err = p.searchPath(strtab, t.runpath, "DT_RUNPATH"); err != nil {
		return err
	}
	return p.readVersions(f, strtab, t)
}

func (f *File) addNeed(name string, tag elf.DynTag) {
	f.needs = append(f.needs, need{name, tag})
	switch tag {
	case elf.DT_NEEDED:
		f.Needed = append(f.Needed, name)
	case elf.DT_AUXILIARY:
		f.Auxiliary = append(f.Auxiliary, name)
	case elf.DT_FILTER:
		f.Filter = append(f.Filter, name)
	}
}

func (p *parser) searchPath(strtab, off uint64, what string) ([]string, error) {
	if off == noTag {
		return nil, nil
	}
	s, err := p.str(strtab, off, what)
	if err != nil {
		return nil, err
	}
	if s == "" {
		return []string{}, nil
	}
	return strings.Split(s, ":"), nil
}

// str reads a string of the string table at file offset strtab, and counts it.
func (p *parser) str(strtab, off uint64, what string) (string, error) {
	if strtab+off < strtab {
		return "", badf(off, "%s lies beyond the string table", what)
	}
	b, err := p.pager.cstring(strtab+off, what)
	if err != nil {
		return "", err
	}
	if p.strings += len(b) + 1; p.strings > maxStringTotal {
		return "", badf(strtab+off, "strings of more than %d bytes", maxStringTotal)
	}
	if s, known := p.intern[string(b)]; known {
		return s, nil
	}
	s := string(b)
	if p.intern != nil && len(p.intern) < maxIntern {
		p.intern[s] = s
	}
	return s, nil
}
