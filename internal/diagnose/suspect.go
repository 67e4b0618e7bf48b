package diagnose

import (
	"cmp"
	"path"
	"slices"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// access is one path that the guest asked for in vain, with what the native run did
// with it.
type access struct {
	path   string
	want   purpose
	err    syscall.Errno
	at     int // event of the last attempt that counts
	line   int
	count  int
	fate   fate
	weight weight
	reason string // why it weighs less
	lib    *search
	opened bool   // the guest opened it; only the content is in question
	size   int64  // of what the guest opened
	rank   int    // 0: the nearest to the failure
	late   bool   // it came after the last words
	polled bool   // asked for again and again
	maker  string // the call that natively makes it, where that failed in the guest before
}

// maxSuspects bounds how many accesses are weighed, counted from the failure
// backwards; a program that looks for more has its cause among the last.
const maxSuspects = 64

// suspects lists what the guest asked for in vain, nearest to the failure first, and
// what was set aside.
func (r *run) suspects() ([]access, []Suppressed) {
	if !r.weighed {
		r.weighed = true
		r.accesses, r.aside = r.findSuspects()
	}
	return r.accesses, r.aside
}

func (r *run) findSuspects() (out []access, aside []Suppressed) {
	byPath := map[string]int{}
	founds := r.guestFinds()
	inSearch := map[int]bool{}
	for i := range r.searches {
		s := &r.searches[i]
		for j := s.from; j <= s.end; j++ {
			inSearch[j] = r.events()[j].TID == s.tid
		}
		if a, ok, note := r.weighSearch(s, founds); ok {
			out = append(out, a)
		} else if note != nil {
			aside = append(aside, *note)
		}
	}
	events := r.events()
	for i := range events {
		e := &events[i]
		w := wants(e)
		if w == wantsNothing || inSearch[i] && (isLibrary(e.Path) || w == wantsLook) {
			continue
		}
		if e.OK() {
			if a, ok := r.contentDiffers(e, i, w); ok {
				out = append(out, a)
			}
			continue
		}
		if !missing(e) && !(e.Err == syscall.EINVAL && (e.Name == "readlink" || e.Name == "readlinkat")) {
			continue // other errors of path calls are judged as calls
		}
		key := pathKey(e.Path)
		if j, ok := byPath[key]; ok {
			a := &out[j]
			a.count++
			if r.log.Crash == nil || e.Line <= r.last {
				a.at, a.line = i, e.Line
			}
			if w == wantsOpen || w == wantsMake {
				a.want = w
			}
			continue
		}
		a, note := r.weighAccess(e, i, w, founds)
		if note != nil {
			aside = append(aside, *note)
			continue
		}
		byPath[key] = len(out)
		out = append(out, a)
	}
	return r.rankSuspects(out), aside
}

// guestFinds maps base names to the last event at which the guest found one.
func (r *run) guestFinds() map[string]int {
	finds := map[string]int{}
	events := r.events()
	for i := range events {
		if e := &events[i]; e.OK() && wants(e) != wantsNothing {
			finds[path.Base(pathKey(e.Path))] = i
		}
	}
	return finds
}

// weighAccess judges one failed look-up; a note says that it is noise, and why.
func (r *run) weighAccess(e *strace.Event, i int, w purpose, finds map[string]int) (access, *Suppressed) {
	key := pathKey(e.Path)
	a := access{path: e.Path, want: w, err: e.Err, at: i, line: e.Line, count: 1, fate: r.native.of(e.Path, r.setup)}
	noise := func(reason string) (access, *Suppressed) {
		return access{}, &Suppressed{Subject: e.Path, Reason: reason}
	}
	row, expected := probe(key)
	if expected && row.weight == harmless {
		return noise(row.reason)
	}
	if e.Err == syscall.EINVAL && !r.native.isLink(a.fate.asListed) {
		return noise("the path is no symbolic link, natively neither")
	}
	if e.Err == syscall.EINVAL && a.fate.ok {
		a.weight, a.reason = weak, "natively it is a symbolic link"
	}
	if r.native != nil {
		at, made := 0, false
		if w == wantsMake {
			at, made = r.native.madeIn(path.Dir(e.Path), r.setup)
		}
		switch {
		case made && !a.fate.ok: // another name in the same directory: names are often random
			a.fate = fate{asked: true, ok: true, made: true, line: r.native.events[at].Line, at: at, asListed: e.Path}
		case a.fate.asked && !a.fate.ok:
			return noise("it fails natively too")
		}
	}
	if j, ok := finds[path.Base(key)]; ok && j > i && !a.fate.ok {
		return noise("found elsewhere afterwards, at " + r.events()[j].Path)
	}
	if expected {
		a.weight, a.reason = row.weight, row.reason
	}
	if w == wantsExec {
		return noise("a program to start; there is no second process anyway")
	}
	return a, nil
}

// weighSearch judges one search of the loader.
func (r *run) weighSearch(s *search, finds map[string]int) (a access, suspect bool, note *Suppressed) {
	if s.found {
		return access{}, false, nil
	}
	e := &r.events()[s.to]
	a = access{path: s.asked(), want: wantsOpen, err: syscall.ENOENT, at: s.to, line: s.line, count: len(s.tried), lib: s}
	if s.refused {
		return a, true, nil
	}
	if e.Err != 0 {
		a.err = e.Err
	}
	if j, ok := finds[s.name]; ok && j > s.to && isLibrary(r.events()[j].Path) && wants(&r.events()[j]) == wantsOpen {
		return access{}, false, &Suppressed{Subject: s.name, Reason: "found elsewhere afterwards, at " + r.events()[j].Path}
	}
	if r.native == nil {
		return a, true, nil
	}
	for _, p := range s.tried {
		if f := r.native.of(p, r.setup); f.ok {
			a.fate = f
			return a, true, nil
		}
	}
	if i, ok := r.native.library(s.name); ok {
		a.fate = fate{asked: true, ok: true, opened: true, loaded: true, at: i, line: r.native.events[i].Line, asListed: r.native.events[i].Path}
		return a, true, nil
	}
	if len(r.native.byBase[s.name]) > 0 {
		return access{}, false, &Suppressed{ID: "missing-lib.dlopen-soname", Subject: s.name, Reason: "an optional library: it is absent natively too"}
	}
	return a, true, nil
}

// contentDiffers finds files that open in both runs and are not the same file: the
// size is all that logs tell of their content.
func (r *run) contentDiffers(e *strace.Event, i int, w purpose) (access, bool) {
	if r.native == nil || w != wantsOpen || isLibrary(e.Path) || beneath("/proc", "/sys", "/dev")(pathKey(e.Path)) {
		return access{}, false
	}
	size := r.sizeAfter(i)
	f := r.native.of(e.Path, r.setup)
	if !f.ok || f.made || f.size == 0 || size < 0 || size == f.size {
		return access{}, false
	}
	return access{path: e.Path, want: w, at: i, line: e.Line, count: 1, fate: f, opened: true, size: size}, true
}

// sizeAfter returns the size that a stat of the just opened descriptor showed in the
// guest; -1 when there was none.
func (r *run) sizeAfter(i int) int64 {
	events := r.events()
	for j := i + 1; j < len(events) && j <= i+8; j++ {
		e := &events[j]
		if e.TID == events[i].TID && e.OK() && e.Path == "" && e.Mode != 0 && (e.Args == "" || descriptorIs(e, events[i].Ret)) {
			return e.Size
		}
		if e.Name == "close" {
			return -1
		}
	}
	return -1
}

// makers are calls whose failure leaves no path in the guest's trace.
var makers = []string{"mknod", "mknodat", "mkdir", "mkdirat", "symlink", "symlinkat"}

// maker is the call that natively made what the guest did not find, where that call
// failed in the guest before; else "".
func (r *run) maker(a access) string {
	if r.native == nil || !a.fate.made || a.fate.at >= len(r.native.events) {
		return ""
	}
	name := r.native.events[a.fate.at].Name
	if !containsName(makers, name) {
		return ""
	}
	events := r.events()
	for i := 0; i < len(events) && events[i].Line < a.line; i++ {
		if e := &events[i]; e.Name == name && e.Failed() && e.Path == "" {
			return name
		}
	}
	return ""
}

// rankSuspects orders by nearness to the failure.
func (r *run) rankSuspects(in []access) []access {
	var before, after []access
	for _, a := range in {
		if a.line > r.last {
			a.late = true
			after = append(after, a)
		} else {
			before = append(before, a)
		}
	}
	sortByEvent(before)
	sortByEvent(after)
	for i := range before {
		before[i].rank = i
	}
	for i := range after {
		after[i].rank = i
	}
	out := append(before, after...)
	out = out[:min(len(out), maxSuspects)]
	for i := range out {
		out[i].maker = r.maker(out[i])
	}
	return out
}

// sortByEvent puts the last event first.
func sortByEvent(as []access) {
	slices.SortFunc(as, func(a, b access) int { return cmp.Compare(b.at, a.at) })
}
