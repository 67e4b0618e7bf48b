package diagnose

import (
	"fmt"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
)

// leftOver speaks where nothing else does, and the run failed: what differs from the
// native run at all, though the program went on after it.
func (r *run) leftOver(suspects []access) []candidate {
	if r.native == nil {
		return r.lastAct(suspects)
	}
	if !r.nativeWorks() {
		return nil
	}
	var out []candidate
	for _, a := range suspects {
		if !a.fate.ok || a.opened || a.late {
			continue
		}
		c := r.classify(a)
		c.points, c.limit, c.order = minPossible+2, Possible, a.rank+1
		switch {
		case a.lib != nil:
			c.points += 2 // a program that looks for a library has a use for it
		case a.weight == weak && !r.nextAct(a):
			c.points -= 2
		}
		out = append(out, c)
	}
	out = append(out, r.shorterSpecial()...)
	return append(out, r.fewProcessors()...)
}

// lastAct is what the program asked for in vain just before it spoke of its failure,
// though most programs do without.
func (r *run) lastAct(suspects []access) []candidate {
	for _, a := range suspects {
		if a.rank > 0 || a.late || a.opened || a.fate.ok || !r.nextAct(a) {
			continue
		}
		c := r.classify(a)
		c.points, c.limit = minPossible, Possible
		return []candidate{c}
	}
	return nil
}

// fewProcessors: the program asked for the number of processors, and speaks of what is
// made by their number.
func (r *run) fewProcessors() []candidate {
	if !parallelTerms.MatchString(r.said) {
		return nil
	}
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		if e := &events[i]; e.OK() && e.Name == "sched_getaffinity" {
			return []candidate{{Finding: Finding{ID: "resource.cpu-count", Subject: r.cpuCount(),
				Summary:  fmt.Sprintf("the program asked for the number of processors, and may need more than the guest has (%s)", r.cpuCount()),
				Evidence: []Evidence{r.eventEvidence(i)}}, points: minPossible + 1, limit: Possible, order: 2}}
		}
	}
	return nil
}

var parallelTerms = lazyregexp.New(`(?i)\b(?:workers?|threads?|lanes?|cores?|cpus?|processors?|pools?|parallel\w*|schedul\w+|shards?)\b`)

// shorterSpecial finds the last file of the kernel that the program read, where the
// guest's says much less than the host's: Nanos fills in a few fields only.
//
//	guest:  openat("/proc/meminfo") = 3, read = 189
//	native: openat("/proc/meminfo") = 3, read = 1475
func (r *run) shorterSpecial() []candidate {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if !e.OK() || wants(e) != wantsOpen || !beneath("/proc", "/sys")(pathKey(e.Path)) || e.Line > r.last {
			continue
		}
		f := r.native.of(e.Path, r.setup)
		if !f.opened {
			continue
		}
		guest, native := readFrom(events, i), readFrom(r.native.events, f.at)
		if guest < 0 || native <= 2*guest {
			return nil
		}
		return []candidate{{Finding: Finding{ID: "missing-data.procfs", Subject: e.Path,
			Summary:  fmt.Sprintf("%s of Nanos holds %d bytes where the host's holds %d: what the program looks for in it may not be there", e.Path, guest, native),
			Evidence: []Evidence{r.eventEvidence(i), {Source: r.in.NativeSource, Line: f.line, Text: "natively: " + callText(&r.native.events[f.at])}}},
			points: minPossible + 1, limit: Possible, order: 1}}
	}
	return nil
}

// readFrom is how many bytes were read of the file opened at event i; -1 when the
// record has no reads of it.
func readFrom(events []strace.Event, i int) int64 {
	fd, total, any := events[i].Ret, int64(0), false
	for j := i + 1; j < len(events); j++ {
		e := &events[j]
		if e.TID != events[i].TID || !e.OK() || e.Path != "" || !descriptorIs(e, fd) {
			continue
		}
		switch {
		case e.Name == "close":
			j = len(events)
		case strings.HasPrefix(e.Name, "read") || strings.HasPrefix(e.Name, "pread"):
			total, any = total+e.Ret, true
		}
	}
	if !any {
		return -1
	}
	return total
}
