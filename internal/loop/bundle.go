package loop

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// Bundle runs the program natively, and writes what the image lacks beside the
// configuration, without running the image.
func Bundle(ctx context.Context, opt Options, say Progress) (*Result, error) {
	s, err := start(opt, say)
	if err != nil {
		return nil, err
	}
	view, issues, err := ops.View(opt.Project)
	if err != nil {
		return nil, err
	}
	if bad, ok := s.stopped(issues); ok {
		s.refused(bad)
		return &Result{Report: s.rep}, s.save()
	}
	if err := s.native(ctx); err != nil {
		return nil, err
	}
	plan, err := s.plan(view, opt.Bundle)
	if err != nil {
		return nil, err
	}
	res := &Result{Report: s.rep}
	s.rep.Outcome = diagnose.OutcomeOK
	s.rep.Cause = diagnose.Finding{ID: "none.success", Confidence: diagnose.Certain, Evidence: []diagnose.Evidence{},
		Summary: "the image lacks nothing that the native run used"}
	if len(plan.Entries) > 0 {
		d := newDraft(opt.Project, opt.Bundle)
		unlock, err := lockDir(filepath.Dir(d.file))
		if err != nil {
			return nil, err
		}
		defer unlock()
		if err := d.unchanged(); err != nil {
			return nil, err
		}
		if err := d.setBundle(plan, d.bundleDir); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.writeConfig(); err != nil {
			return nil, err
		}
		res.Written = true
		s.rep.Bundle = s.listing(plan, d)
		s.rep.Config = &report.Change{File: s.short(d.file), New: d.isNew, Diff: ops.Diff(s.short(d.file), redact(d.original), redact(d.final)), Written: true}
		s.rep.Cause.Summary = "the image gets " + s.rep.Bundle.Counts()
		s.rep.Cause.Fix = &diagnose.Fix{Summary: "written beside the configuration, not run", ConfigPatch: d.patch, Files: d.files()}
		s.rep.Next = "run it with:  " + d.opsCommand()
	}
	if offer := report.FamilyOffer(families(plan)); offer != "" && s.rep.Bundle == nil {
		s.rep.Advice = append(s.rep.Advice, offer)
	}
	if n := len(plan.Unresolved); n > 0 {
		s.rep.Outcome = diagnose.OutcomeUnknown
		s.rep.Cause.ID, s.rep.Cause.Subject, s.rep.Cause.Confidence = "missing-lib.dlopen-soname", plan.Unresolved[0].Name, diagnose.Possible
		s.rep.Cause.Summary = fmt.Sprintf("%s will not be found in the image even with the bundle", report.Count(n, "library", "libraries"))
	}
	s.rep.Findings = []diagnose.Finding{s.rep.Cause}
	s.incomplete("whether the program works with it: nanodiag diagnose runs it")
	return res, s.save()
}
