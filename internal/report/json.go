package report

import (
	"encoding/json"
	"io"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// JSON writes v, one of this package's documents, indented, with a final newline.
func JSON(w io.Writer, v any) error {
	if r, ok := v.(*Report); ok {
		v = r.withLists()
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// withLists is the report with an empty list for each one that is nil: a reader may
// count on an array.
func (r *Report) withLists() *Report {
	c := *r
	c.Cause = clean(r.Cause)
	c.Findings = []diagnose.Finding{}
	for _, f := range r.Findings {
		c.Findings = append(c.Findings, clean(f))
	}
	if r.Remaining != nil {
		left := clean(*r.Remaining)
		c.Remaining = &left
	}
	c.Suppressed = append([]diagnose.Suppressed{}, r.Suppressed...)
	c.Runs = append([]Run{}, r.Runs...)
	c.Incomplete = list(r.Incomplete)
	if r.Bundle != nil {
		b := *r.Bundle
		b.Entries = append([]BundleEntry{}, b.Entries...)
		b.Dropped = append([]Dropped{}, b.Dropped...)
		c.Bundle = &b
	}
	return &c
}

// clean is a finding with an empty list for each one that is nil.
func clean(f diagnose.Finding) diagnose.Finding {
	if f.Evidence == nil {
		f.Evidence = []diagnose.Evidence{}
	}
	if f.Fix != nil {
		fix := *f.Fix
		fix.ConfigPatch = append([]ops.PatchOp{}, fix.ConfigPatch...)
		fix.Files = append([]diagnose.FileCopy{}, fix.Files...)
		f.Fix = &fix
	}
	return f
}
