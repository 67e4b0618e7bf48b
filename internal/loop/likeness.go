package loop

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/tracelog"
)

// likeness says how far a guest run did what the native run did.
type likeness struct {
	known   bool    // there is something to compare with
	ended   bool    // it ended as natively: same status or signal, or still running
	share   float64 // of the native run's words that it printed
	missing string  // a line that only the native run printed; "" none
	extra   string  // a line that only the guest printed and that tells of a failure; "" none

	// alone: the native run failed, and this one ended with status 0: there is nothing
	// to compare with. A program that fails now and then does so natively too.
	alone bool
}

// same reports whether the run counts as the native one.
func (l likeness) same() bool { return l.ended && l.share >= minShared }

// exact reports whether nothing is known to differ.
func (l likeness) exact() bool { return l.ended && l.share == 1 && l.extra == "" }

// better reports whether l is closer to the native run than old.
func (l likeness) better(old likeness) bool {
	if l.ended != old.ended {
		return l.ended
	}
	return l.share > old.share || (l.share == old.share && old.extra != "" && l.extra == "")
}

// like compares a guest run with the native one.
func (s *session) like(g *guestRun) likeness {
	switch {
	case s.opt.Proof.Wanted():
		return likeness{known: true, ended: g.proven && s.endsWell(g), share: 1}
	case s.nat == nil, s.opt.NativeLog != "", s.natUnfit:
		// Nothing to compare with but the status that says success.
		if g.status == nil || g.timedOut {
			return likeness{}
		}
		return likeness{known: true, ended: *g.status == 0, share: 1}
	case s.natCut:
		// A server: still running after the same time is healthy.
		return likeness{known: true, ended: g.timedOut && g.started && s.closed(g) == 0, share: 1}
	case g.timedOut, !g.started:
		return likeness{known: true}
	case g.status == nil:
		return likeness{}
	}
	if *g.status == 0 && g.exit.Signal == "" && s.nativeFails() {
		return likeness{known: true, ended: true, share: 1, alone: true}
	}
	l := likeness{known: true, ended: sameExit(g.exit, report.NewExit(s.nat.Result.Exit))}
	l.share = shared(s.natOut, g.log.Console)
	l.missing, l.extra = differences(s.natOut, g.log.Console)
	return l
}

// endsWell reports whether a run that showed its proof was ended after it, or ended with
// success or as natively by itself: one that crashes after it said "ready" is not well.
func (s *session) endsWell(g *guestRun) bool {
	switch {
	case g.timedOut, g.exit != nil && g.exit.Signal == "" && g.status != nil && *g.status == 0:
		return true
	case s.nat == nil || s.opt.NativeLog != "" || s.natCut || g.exit == nil:
		return false
	}
	return sameExit(g.exit, report.NewExit(s.nat.Result.Exit))
}

func sameExit(a, b *report.Exit) bool { return a.Words() == b.Words() }

// tellsFailure matches lines in which programs and language runtimes speak of
// failures, "LookupError: unknown encoding" among them.
var tellsFailure = lazyregexp.New(`(?i)(error|exception)\b|\b(traceback|fatal|panic|warning|cannot|can't|could not|unable|failed|failure|missing|not found|no such file)\b`)

// differences finds a line that only one side printed: of the native run's, any; of
// the guest's, one that tells of a failure.
func differences(native string, guest []tracelog.Line) (missing, extra string) {
	theirs := map[string]bool{}
	for _, l := range guest {
		theirs[blur(strings.TrimSpace(l.Text))] = true
	}
	ours := map[string]bool{}
	for _, l := range strings.Split(native, "\n") {
		b := blur(strings.TrimSpace(l))
		ours[b] = true
		if missing == "" && b != "" && !theirs[b] {
			missing = strings.TrimSpace(l)
		}
	}
	for _, l := range guest {
		if b := blur(strings.TrimSpace(l.Text)); b != "" && !ours[b] && tellsFailure.MatchString(b) {
			return missing, strings.TrimSpace(l.Text)
		}
	}
	return missing, ""
}
