package loop

import (
	"errors"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// noEngine ends a diagnosis for which nothing can run the image: the plan is still
// worth having.
func (s *session) noEngine(plan *bundler.Plan, why error) (*Result, error) {
	if !errors.Is(why, errNoEngine) {
		return nil, why
	}
	s.rep.Outcome = diagnose.OutcomeUnknown
	s.rep.Cause = diagnose.Finding{
		ID: "unknown", Confidence: diagnose.Possible, Evidence: []diagnose.Evidence{},
		Summary: "whether the program works in the guest is not known: nothing here can run the image",
	}
	s.rep.Findings = []diagnose.Finding{s.rep.Cause}
	s.incomplete("any run of the image: " + why.Error())
	s.preview(plan)
	s.rep.Next = "see what this host lacks with:  nanodiag doctor"
	return &Result{}, nil
}
