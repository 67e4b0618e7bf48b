package diagnose

import (
	"path"

	"github.com/nanodiag/nanodiag/strace"
)

// maxNextActs is how many calls a program makes between the failure and its words on
// it, or its end.
const maxNextActs = 16

// nextAct reports whether the program did nothing more after the access than speak of
// it or end.
func (r *run) nextAct(a access) bool {
	n := 0
	for _, e := range r.events()[a.at+1:] {
		if e.Line > r.last {
			break
		}
		if n++; n > maxNextActs || e.OK() && wants(&e) != wantsNothing {
			return false
		}
	}
	return true
}

// maxProgress bounds how much of the native run after an access is compared: what a
// program does next shows soon whether it does it at all.
const maxProgress = 256

// progress compares what both runs did after the access.
func (r *run) progress(a access) int {
	if !r.comparesOpens() {
		return 0
	}
	guest := r.guestDeeds()
	own := r.comparableFate(a)
	total, done := 0, 0
	nativeStdout := false
	seen := map[string]bool{own: true}
	for i := a.fate.at + 1; i < len(r.native.events) && total < maxProgress; i++ {
		e := &r.native.events[i]
		nativeStdout = nativeStdout || firstUseOfStdout(e)
		if !e.OK() || wants(e) == wantsNothing {
			continue
		}
		key := r.comparable(e)
		if row, ok := probe(pathKey(e.Path)); seen[key] || (ok && row.weight == harmless) {
			continue
		}
		seen[key] = true
		total++
		if at, ok := guest.last[key]; ok && at > a.at {
			done++
		}
	}
	switch {
	case total > 0 && done == 0:
		return pointsStopped
	case total > 0 && done == total:
		return pointsWentOn
	case total > 0:
		return -min(25, 25*done/total)
	case nativeStdout && guest.stdout <= a.at:
		return pointsSilent
	}
	return 0
}

// deeds is what the guest got done.
type deeds struct {
	last   map[string]int // comparable form of a path → last event at which an access of it worked
	stdout int            // event of the first use of stdout; -1 when there was none
}

func (r *run) guestDeeds() deeds {
	if r.deeds.last != nil {
		return r.deeds
	}
	d := deeds{last: map[string]int{}, stdout: -1}
	events := r.events()
	for i := range events {
		e := &events[i]
		if e.OK() && wants(e) != wantsNothing {
			d.last[r.comparable(e)] = i
		}
		if d.stdout < 0 && firstUseOfStdout(e) {
			d.stdout = i
		}
	}
	r.deeds = d
	return d
}

// comparable is the form of an access that is equal in both runs: the path without
// the working directory; for new files the directory, as names are often random.
func (r *run) comparable(e *strace.Event) string {
	key := pathKey(e.Path)
	if wants(e) == wantsMake {
		key = path.Dir(key) + "/*"
	}
	if r.native != nil && r.native.cwd != "" && r.native.cwd != "/" {
		if rest, ok := below(key, r.native.cwd); ok {
			return rest
		}
	}
	if rest, ok := below(key, r.setup.cwd); ok && path.IsAbs(key) && !systemPath(key) {
		return rest
	}
	return key
}

func (r *run) comparableFate(a access) string {
	if a.fate.at < len(r.native.events) {
		return r.comparable(&r.native.events[a.fate.at])
	}
	return pathKey(a.path)
}

// firstUseOfStdout reports whether the call is the stat of descriptor 1 that stdio
// makes before its first output: `newfstatat(1, "", …)`, `fstat(1, …)`.
func firstUseOfStdout(e *strace.Event) bool {
	switch e.Name {
	case "fstat", "newfstatat", "statx":
		return e.OK() && e.Path == "" && onDescriptor(e, "1")
	}
	return false
}
