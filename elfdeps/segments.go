package elfdeps

import "debug/elf"

// loaderPage is the page that segments are aligned to: that of the kernel on x86, and
// the least of the other machines.
const loaderPage = 4096

// addressBits of a process: what does not fit there cannot be mapped (x86-64 without
// five-level page tables; other machines have more, but no library needs them).
const addressBits = 47

// maxZeroFill bytes that follow a segment's data in memory. How much the kernel grants
// depends on its memory; half a TiB no library has.
const maxZeroFill = 1 << 39

// loadFaults are glibc's reasons for not mapping a file as a library: those of 2.35 and
// later, and those of earlier versions, which looked at p_align in another way.
type loadFaults struct{ now, before235 string }

// of is what a build of the loader says.
func (f loadFaults) of(in *interpreter) string {
	if in.before235 {
		return f.before235
	}
	return f.now
}

// loadFaults judges the segments of the file that was parsed last as glibc's
// _dl_map_object_from_fd and _dl_map_segments do, in their order. Where glibc does not
// look and dies of a signal, the words are ours. size is the file's; 0 is unknown.
func (p *parser) loadFaults(size uint64) loadFaults {
	if !p.headersRead {
		return loadFaults{} // told elsewhere
	}
	if len(p.loads) == 0 {
		const none = "object file has no loadable segments"
		return loadFaults{none, none}
	}
	f := p.laterFault(size)
	faults := loadFaults{now: f, before235: f}
	for i := len(p.loads) - 1; i >= 0; i-- { // the first that is wrong counts
		l := &p.loads[i]
		skew := l.vaddr - l.off
		if skew%loaderPage != 0 {
			faults.now = "ELF load command address/offset not page-aligned"
		}
		switch {
		case l.align%loaderPage != 0:
			faults.before235 = "ELF load command alignment not page-aligned"
		case skew&(l.align-1) != 0:
			faults.before235 = "ELF load command address/offset not properly aligned"
		}
	}
	return faults
}

// laterFault are the faults that come after those of alignment.
func (p *parser) laterFault(size uint64) string {
	if p.hdr.typ == elf.ET_EXEC {
		return "" // refused for that
	}
	if p.dynamicEmpty || p.dynamicAddr == 0 {
		return "object file has no dynamic section"
	}
	first, last := p.loads[0], p.loads[len(p.loads)-1]
	length := last.vaddr + last.memsz - pageDown(first.vaddr) // as glibc computes it, it may wrap
	if length == 0 || length >= 1<<addressBits || length >= maxZeroFill && first.flags&elf.PF_W != 0 {
		return cannotMap // the first mapping has the size of all
	}
	align := uint64(0)
	holes := false
	for i, l := range p.loads {
		holes = holes || i > 0 && pageUp(p.loads[i-1].vaddr+p.loads[i-1].filesz) != pageDown(l.vaddr)
		if l.vaddr+l.memsz < l.vaddr || l.vaddr+l.filesz < l.vaddr || l.off+l.filesz < l.off {
			return "a segment wraps around the address space"
		}
		if l.align&(l.align-1) == 0 {
			align = max(align, l.align)
		}
	}
	if align > loaderPage { // room to align in
		if align > 1<<addressBits {
			return cannotMap
		}
		length = max(length+align, 2*align)
	}
	if length >= 1<<addressBits {
		return cannotMap
	}
	if holes && pageDown(last.vaddr) < pageUp(first.vaddr+first.filesz) {
		return "segments out of order" // what lies between the first and the last cannot be shut
	}
	return p.segmentFault(size)
}

const cannotMap = "failed to map segment from shared object"

// segmentFault looks at each segment, and then for the dynamic section in them.
func (p *parser) segmentFault(size uint64) string {
	hasDynamic := false
	for i, l := range p.loads {
		switch {
		case l.memsz > l.filesz && l.memsz-l.filesz >= maxZeroFill:
			return "cannot map zero-fill pages"
		case i == len(p.loads)-1 && pageUp(l.vaddr+l.filesz) > pageUp(l.vaddr+l.memsz):
			return "a segment has more in the file than in memory"
		case size > 0 && l.memsz > l.filesz && (l.vaddr+l.filesz)%loaderPage != 0 && pageDown(l.off+l.filesz) >= size:
			return "file cut off: a segment's last page lies beyond the end" // SIGBUS when its rest is zeroed
		}
		if a := p.dynamicAddr; a >= pageDown(l.vaddr) && a < pageUp(l.vaddr+max(l.filesz, l.memsz)) {
			hasDynamic = true
		}
	}
	switch {
	case !hasDynamic:
		return "the dynamic section's address lies in no segment"
	case p.noStrings:
		return "the dynamic section has no DT_STRTAB"
	}
	return ""
}

func pageDown(a uint64) uint64 { return a &^ (loaderPage - 1) }
func pageUp(a uint64) uint64   { return pageDown(a + loaderPage - 1) }
