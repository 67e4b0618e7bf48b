package diagnose

import (
	"fmt"
	"path"

	"github.com/nanodiag/nanodiag/internal/symbolize"
)

// takenBack finds a library that the loader mapped and unmapped again in the guest, and
// natively kept: it was found and read, and something that it needs of another library
// was not there, a symbol or a version of one. Where the image has another build of a
// library that it loads than the native run has, that is the one.
//
//	[2] openat(-100, "/opt/feed/venues/nyx.so", 0x80000, 0x0) = 3
//	[2] mmap(0x0, 16456, PROT_READ, MAP_PRIVATE|MAP_DENYWRITE, 3, 0) = 0x559add000
//	[2] munmap(0x0000000559add000, 16456) = 0
func (r *run) takenBack() []candidate {
	if !r.nativeWorks() || !r.traced() {
		return nil
	}
	native := map[string]symbolize.MappedFile{}
	for _, f := range symbolize.MappedFiles(r.native.events) {
		native[path.Base(f.Path)] = f
	}
	var back, other *symbolize.MappedFile
	files := symbolize.MappedFiles(r.events())
	for i := range files {
		f := &files[i]
		n, known := native[path.Base(f.Path)]
		if !known || !f.Code || f.Path == "" {
			continue
		}
		if f.Unmapped && !n.Unmapped && back == nil {
			back = f
		}
		if back != nil && n.Size > 0 && f.Size > 0 && n.Size != f.Size {
			other = f
		}
	}
	if back == nil {
		return nil
	}
	if s, ok := r.neededBy(path.Base(back.Path)); ok {
		p := 46
		if r.workBetween(s.to) == 0 {
			p += pointsAdjacent
		}
		return []candidate{{Finding: Finding{ID: "missing-lib.dlopen-dependency", Subject: s.name,
			Summary:  fmt.Sprintf("%s needs %s, which is not in the image: the loader took it back", path.Base(back.Path), s.name),
			Evidence: []Evidence{r.eventEvidence(s.to)}}, points: p, limit: Likely, order: 3}}
	}
	c := candidate{Finding: Finding{ID: "bad-lib.missing-symbol", Subject: path.Base(back.Path),
		Summary: fmt.Sprintf("the loader mapped %s and took it back: a library of the image lacks a symbol that it needs", back.Path)},
		points: 46, limit: Possible, order: 3}
	if other != nil {
		c.Subject, c.points, c.limit = path.Base(other.Path), 76, Likely
		c.Summary = fmt.Sprintf("the loader mapped %s and took it back: %s in the image is another build than natively, and lacks what it needs", path.Base(back.Path), other.Path)
	}
	if i, ok := r.lastOpenOf(back.Path); ok {
		c.Evidence = append(c.Evidence, r.eventEvidence(i))
	}
	if other != nil {
		if i, ok := r.lastOpenOf(other.Path); ok && other.Path != back.Path {
			e := r.eventEvidence(i)
			e.Text += fmt.Sprintf(", %d bytes; natively %d", other.Size, native[path.Base(other.Path)].Size)
			c.Evidence = append(c.Evidence, e)
		}
	}
	return []candidate{c}
}

// neededBy finds a library that was looked for in vain while the other was loaded, and
// that the native run loads.
func (r *run) neededBy(asker string) (search, bool) {
	for _, s := range r.searches {
		if s.asker == asker && !s.found {
			if _, ok := r.native.library(s.name); ok {
				return s, true
			}
		}
	}
	return search{}, false
}

// lastOpenOf is the last event in which the guest opened the path.
func (r *run) lastOpenOf(p string) (i int, ok bool) {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		if e := &events[i]; e.OK() && wants(e) == wantsOpen && (e.Path == p || e.Abs == p) {
			return i, true
		}
	}
	return 0, false
}
