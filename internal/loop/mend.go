package loop

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/tracelog"
)

// maxMends bounds the changes that make one configuration acceptable.
const maxMends = 64

// mending is what makes Ops accept a configuration, before anything has run.
type mending struct {
	original []byte        // the configuration's text as the user wrote it
	patch    []ops.PatchOp // all changes
	notes    []string
	first    ops.Issue // at what Ops would have stopped
	left     *ops.Issue
}

// mend changes a copy of the configuration where Ops would refuse it, as long as it is
// plain what was meant. The project that is diagnosed from then on is the mended one,
// unless something is left at which Ops stops.
func (s *session) mend(bad ops.Issue, issues []ops.Issue) (*mending, *guestfs.Tree, []ops.Issue, error) {
	m := &mending{original: s.opt.Project.Config.Raw, first: bad}
	if len(bad.Mends) == 0 || s.opt.Project.Config.Source == "" {
		return nil, nil, nil, nil
	}
	before, said := s.opt.Project, s.opt.Issues
	var view *guestfs.Tree
	for n := 0; ; n++ {
		if n == maxMends || len(bad.Mends) == 0 {
			s.opt.Project, s.opt.Issues = before, said
			m.left = &bad
			return m, nil, nil, nil
		}
		v, now, err := s.mendOne(m, bad, issues)
		if err != nil {
			return nil, nil, nil, err
		}
		if v == nil { // every reading is refused as well
			s.opt.Project, s.opt.Issues = before, said
			m.left = &bad
			return m, nil, nil, nil
		}
		view, issues = v, now
		next, refused := s.stopped(issues)
		if !refused {
			return m, view, issues, nil
		}
		bad = next
	}
}

// mendOne applies the first reading of what was meant that leaves less to refuse.
func (s *session) mendOne(m *mending, bad ops.Issue, issues []ops.Issue) (*guestfs.Tree, []ops.Issue, error) {
	before := append(slices.Clone(s.opt.Issues), issues...)
	why := ""
	for _, reading := range bad.Mends {
		p, said, err := s.patched(reading)
		if err != nil {
			continue // a patch that does not fit this text is no way to go
		}
		view, now, err := ops.View(p)
		if err != nil {
			return nil, nil, err
		}
		if i, worse := worsened(bad, before, append(slices.Clone(said), now...)); worse {
			why = fmt.Sprintf(" (and not %s: %s)", reading.Does, i.Message)
			continue
		}
		s.opt.Project, s.opt.Issues = p, said
		m.patch = append(m.patch, reading.Patch...)
		m.notes = append(m.notes, reading.Does+why)
		return view, now, nil
	}
	return nil, nil, nil
}

// patched is the project with a change of its configuration.
func (s *session) patched(m ops.Mend) (ops.Project, []ops.Issue, error) {
	return patched(s.opt.Project, m)
}

func patched(p ops.Project, m ops.Mend) (ops.Project, []ops.Issue, error) {
	text := m.Text
	if text == nil {
		var err error
		if text, err = ops.Patch(p.Config.Raw, m.Patch); err != nil {
			return p, nil, err
		}
	}
	cfg, said, err := ops.ParseConfig(p.Config.Source, text)
	if err != nil {
		return p, nil, err
	}
	cfg.InheritDefaults(p.Config)
	p.Config = cfg
	return p, said, nil
}

// worsened finds the reason why a reading of bad is none: that stays, or something else
// is refused that nothing mends.
func worsened(bad ops.Issue, before, after []ops.Issue) (ops.Issue, bool) {
	same := func(a ops.Issue) func(ops.Issue) bool {
		return func(b ops.Issue) bool { return a.Code == b.Code && a.Key == b.Key && a.Message == b.Message }
	}
	for _, i := range after {
		switch {
		case i.Severity != ops.Error:
		case same(bad)(i), len(i.Mends) == 0 && !slices.ContainsFunc(before, same(i)):
			return i, true
		}
	}
	return ops.Issue{}, false
}

func refusals(issues []ops.Issue) int {
	n := 0
	for _, i := range issues {
		if i.Severity == ops.Error {
			n++
		}
	}
	return n
}

// mendWarnings changes what Ops accepts and does not do as it was meant, once a run has
// failed. It returns nil where there is nothing of the kind.
func (s *session) mendWarnings(issues []ops.Issue) (*mending, *guestfs.Tree, error) {
	m := &mending{original: s.opt.Project.Config.Raw}
	var view *guestfs.Tree
	for range maxMends {
		all := append(slices.Clone(s.opt.Issues), issues...)
		at := slices.IndexFunc(all, func(i ops.Issue) bool { return i.Severity == ops.Warning && len(i.Mends) > 0 })
		if at < 0 || s.opt.Project.Config.Source == "" {
			break
		}
		p, said, err := s.patched(all[at].Mends[0])
		if err != nil {
			break
		}
		v, now, err := ops.View(p)
		if err != nil {
			return nil, nil, err
		}
		if refusals(said)+refusals(now) > refusals(s.opt.Issues)+refusals(issues) {
			break
		}
		if m.first.Code == "" {
			m.first = all[at]
		}
		s.opt.Project, s.opt.Issues = p, said
		m.patch, m.notes = append(m.patch, all[at].Mends[0].Patch...), append(m.notes, all[at].Mends[0].Does)
		view, issues = v, now
	}
	if view == nil {
		return nil, nil, nil
	}
	return m, view, nil
}

// repairMended repairs what is left once Ops accepts the configuration: first is the
// verdict on the user's own, and last the run of the mended one.
func (s *session) repairMended(ctx context.Context, res *Result, view *guestfs.Tree, plan *bundler.Plan, m *mending, first, last *round) error {
	d := s.newDraft()
	d.mended(m)
	if last.outcome != diagnose.OutcomeOK && s.nativeFails() && (last.like.ended || s.unproven()) {
		res.NativeFails = true
		return s.finish(ctx, res, d, m.notes, first, last)
	}
	return s.repairFrom(ctx, res, view, plan, d, slices.Clone(m.notes), first, last)
}

// refusedRound is the round that a refused configuration has instead of a run.
func refusedRound(f diagnose.Finding) *round {
	return &round{
		run: &guestRun{log: &tracelog.Log{}}, outcome: diagnose.OutcomeFailed,
		verdict: &diagnose.Verdict{Outcome: diagnose.OutcomeFailed, Cause: f, Findings: []diagnose.Finding{f}},
	}
}

// newDraft is a draft of the project as it is diagnosed.
func (s *session) newDraft() *draft { return newDraft(s.opt.Project, s.opt.Bundle) }

// mended makes the draft one of the user's own text: its base is the mended one already.
func (d *draft) mended(m *mending) {
	d.start, d.original, d.mends = d.original, m.original, m.patch
	d.patch = slices.Clone(m.patch)
}

// proposed is the fix of a refusal that was not run.
func (m *mending) proposed() *diagnose.Fix {
	f := &diagnose.Fix{Summary: strings.Join(m.notes, ", then "), ConfigPatch: append([]ops.PatchOp{}, redactPatch(m.patch)...), Files: []diagnose.FileCopy{}}
	if m.left != nil && len(m.notes) > 0 {
		f.Summary += "; then " + m.left.String()
	}
	return f
}
