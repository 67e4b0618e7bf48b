package diagnose

import "github.com/nanodiag/nanodiag/strace"

// emptyStdin finds a program that read end of file from standard input, of which a
// guest has none, and did nothing more.
//
//	[2] read(0, 0x00000000ffe55cd7, 8) = 0
func (r *run) emptyStdin() []candidate {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if (e.Name == "read" || e.Name == "readv") && e.OK() && e.State == strace.Done && e.Ret == 0 && onDescriptor(e, "0") {
			p := 30
			if r.workBetween(i) == 0 {
				p += pointsAdjacent
			}
			if r.stoppedShort() {
				p += pointsSilent
			}
			if r.native.readsStdin() {
				p += pointsNativeOK
			}
			return []candidate{{Finding: Finding{ID: "env.no-stdin", Subject: "stdin", Summary: "the program read standard input, which is empty in a guest",
				Evidence: []Evidence{r.eventEvidence(i)}}, points: p, order: 4}}
		}
	}
	return nil
}

// readsStdin reports whether the native run got something from its standard input.
func (n *native) readsStdin() bool {
	if n == nil {
		return false
	}
	for i := range n.events {
		if e := &n.events[i]; (e.Name == "read" || e.Name == "readv") && e.Ret > 0 && onDescriptor(e, "0") {
			return true
		}
	}
	return false
}
