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
	back, other, natively := r.buildsApart()
	if back == "" {
		return nil
	}
	if s, ok := r.neededBy(path.Base(back)); ok {
		p := 46
		if r.workBetween(s.to) == 0 {
			p += pointsAdjacent
		}
		return []candidate{{Finding: Finding{ID: "missing-lib.dlopen-dependency", Subject: s.name,
			Summary:  fmt.Sprintf("%s needs %s, which is not in the image: the loader took it back", path.Base(back), s.name),
			Evidence: []Evidence{r.eventEvidence(s.to)}}, points: p, limit: Likely, order: 3}}
	}
	c := candidate{Finding: Finding{ID: "bad-lib.missing-symbol", Subject: path.Base(back), Evidence: r.openEvidence(back),
		Summary: fmt.Sprintf("the loader mapped %s and took it back: a library of the image lacks a symbol that it needs", back)},
		points: 46, limit: Possible, order: 3}
	if other.Path == "" {
		return []candidate{c}
	}
	c.Subject, c.points, c.limit = path.Base(other.Path), 76, Likely
	c.Summary = fmt.Sprintf("the loader mapped %s and took it back: %s in the image is another build than natively, and lacks what it needs", path.Base(back), other.Path)
	for _, e := range r.openEvidence(other.Path) {
		e.Text += fmt.Sprintf(", %d bytes; natively %d", other.Size, natively)
		c.Evidence = append(c.Evidence, e)
	}
	return []candidate{c}
}

// buildsApart is the library that was taken back, "" when none was, and the last of
// those loaded with it that has another size natively.
func (r *run) buildsApart() (back string, other symbolize.MappedFile, natively int64) {
	native := map[string]symbolize.MappedFile{}
	for _, f := range symbolize.MappedFiles(r.native.events) {
		native[path.Base(f.Path)] = f
	}
	for _, f := range symbolize.MappedFiles(r.events()) {
		n, known := native[path.Base(f.Path)]
		if !known || !f.Code || f.Path == "" {
			continue
		}
		if f.Unmapped && !n.Unmapped && back == "" {
			back = f.Path
		}
		if back != "" && n.Size > 0 && f.Size > 0 && n.Size != f.Size {
			other, natively = f, n.Size
		}
	}
	return back, other, natively
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

// openEvidence quotes the guest's last open of a path.
func (r *run) openEvidence(p string) []Evidence {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		if e := &events[i]; e.OK() && wants(e) == wantsOpen && (e.Path == p || e.Abs == p) {
			return []Evidence{r.eventEvidence(i)}
		}
	}
	return nil
}
