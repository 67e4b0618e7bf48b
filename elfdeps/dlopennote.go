package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
)

// noteDlopen is the type of the ELF note that lists what a file loads with dlopen
// (UAPI group specification "ELF dlopen metadata"; owner "FDO"). The note is told by its
// type and owner, not by the name of its section.
const noteDlopen = 0x407c0c0a

// DlopenNote is one entry of a .note.dlopen.
type DlopenNote struct {
	Soname      []string // names for the same library, the preferred one first
	Feature     string   // "" when not given, as the others
	Description string
	Priority    string // required, recommended or suggested
	Off         int64  // of the note's payload in the file
}

// dlopenNotes reads the notes of the file that was parsed last: from PT_NOTE, and from
// note sections for a file whose linker made no segment of them. Damaged ones are told.
func (p *parser) dlopenNotes(sections []section) (notes []DlopenNote, faults []error) {
	type region struct{ off, size, align uint64 }
	var regions []region
	for _, ph := range p.notes {
		regions = append(regions, region{ph.off, ph.filesz, ph.align})
	}
	for _, s := range sections {
		if s.typ == elf.SHT_NOTE {
			regions = append(regions, region{s.off, s.size, s.align})
		}
	}
	left := uint64(2 * maxNotes) // of this file: regions may overlap
	seen := map[uint64]bool{}    // a note lies in its section and in PT_NOTE
	for _, r := range regions {
		if r.size > maxNotes || r.size > left {
			faults = append(faults, badf(r.off, "notes of %d bytes", r.size))
			break
		}
		left -= r.size
		b, err := p.pager.bytes(r.off, r.size, "a note")
		if err != nil {
			faults = append(faults, err)
			continue
		}
		b = bytes.Clone(b)
		err = p.eachNote(b, r.align, func(typ uint32, owner, payload []byte, at int) {
			off := r.off + uint64(at)
			if typ != noteDlopen || string(owner) != "FDO" || seen[off] {
				return
			}
			seen[off] = true
			entries, err := decodeDlopenNote(payload)
			if err != nil {
				faults = append(faults, badf(off, "a .note.dlopen that does not hold what it should (%v)", err))
			}
			for _, n := range entries[:min(len(entries), maxHints-len(notes))] {
				n.Off = int64(off)
				notes = append(notes, n)
			}
		})
		if err != nil {
			faults = append(faults, fmt.Errorf("%w (in notes at %#x)", err, r.off))
		}
	}
	return notes, faults
}

// eachNote walks Elf_Nhdr records: namesz, descsz, type uint32; the name, the payload,
// each padded to 4 bytes, or to 8 where the segment says so (.note.gnu.property).
func (p *parser) eachNote(b []byte, align uint64, fn func(typ uint32, owner, payload []byte, at int)) error {
	o, pad := p.hdr.order, uint64(4)
	if align == 8 {
		pad = 8
	}
	up := func(n uint64) uint64 { return (n + pad - 1) &^ (pad - 1) }
	for at := uint64(0); at+12 <= uint64(len(b)); {
		namesz, descsz, typ := uint64(o.Uint32(b[at:])), uint64(o.Uint32(b[at+4:])), o.Uint32(b[at+8:])
		name := at + 12
		desc := up(name + namesz)
		end := desc + descsz
		if desc > uint64(len(b)) || end > uint64(len(b)) {
			return badf(at, "a note is cut off")
		}
		fn(typ, bytes.TrimRight(b[name:name+namesz], "\x00"), b[desc:end], int(desc))
		at = up(end)
	}
	return nil
}

// decodeDlopenNote reads a payload such as
//
//	[{"soname":["libqrencode.so.4","libqrencode.so.3"],"feature":"qrencode","priority":"suggested"}]
//
// Unknown keys are passed over, as is the padding.
func decodeDlopenNote(b []byte) ([]DlopenNote, error) {
	b = bytes.TrimRight(b, "\x00")
	if len(b) > maxNotePayload {
		return nil, fmt.Errorf("%d bytes", len(b))
	}
	var entries []struct {
		Soname                         []string
		Feature, Description, Priority string
	}
	if err := json.Unmarshal(b, &entries); err != nil {
		return nil, err
	}
	var notes []DlopenNote
	for _, e := range entries {
		if len(e.Soname) == 0 {
			return notes, fmt.Errorf("an entry without soname")
		}
		notes = append(notes, DlopenNote{Soname: e.Soname, Feature: e.Feature, Description: e.Description, Priority: e.Priority})
	}
	return notes, nil
}
