package loop

import (
	"context"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// MaxRepeat bounds Options.Repeat.
const MaxRepeat = 1000

// rounds runs one image as often as the user asked for, and returns the first run
// that failed: a program that works now and then does not work. Every distinct cause
// among the failures is counted, and kept as a finding of its own.
func (s *session) rounds(ctx context.Context, n int, p ops.Project, traced bool) (*round, error) {
	var shown *round
	tally := report.Repeat{Round: n, Traced: traced, Failures: []report.RepeatFailure{}}
	var causes []diagnose.Finding
	for i := range max(1, s.opt.Repeat) {
		r, err := s.roundOf(ctx, runName{n: n, again: i, of: s.opt.Repeat}, p, traced)
		if err != nil {
			return nil, err
		}
		tally.Runs++
		if shown == nil || shown.outcome == diagnose.OutcomeOK && r.outcome != diagnose.OutcomeOK {
			shown = r
		}
		if r.outcome == diagnose.OutcomeOK {
			tally.Passed++
			continue
		}
		c := r.verdict.Cause
		if tally.Add(c.ID, c.Subject, s.rep.Runs[len(s.rep.Runs)-1].Log) {
			causes = append(causes, c)
		}
	}
	if s.opt.Repeat > 1 {
		s.rep.Repeats = append(s.rep.Repeats, tally)
		if len(causes) > 1 {
			s.other = append(s.other, causes[1:]...)
		}
	}
	return shown, nil
}

// addOther appends to the findings what failed only in some of the runs.
func (s *session) addOther() {
	for _, f := range s.other {
		known := false
		for _, k := range s.rep.Findings {
			known = known || k.ID == f.ID && k.Subject == f.Subject
		}
		if !known {
			s.rep.Findings = append(s.rep.Findings, f)
		}
	}
}
