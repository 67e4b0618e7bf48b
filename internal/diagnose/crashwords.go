package diagnose

import (
	"fmt"
	"path"

	"github.com/nanodiag/nanodiag/internal/symbolize"
)

// maxFrames is how many callers of the crash a finding shows.
const maxFrames = 3

// AddCrash adds to the cause what a crash dump says in words: it shows where the
// program died, and where it names a cause that nothing else did, it becomes the
// cause. line is that of the dump in the guest's log.
func (v *Verdict) AddCrash(source string, line int, r *symbolize.Report) {
	c := &v.Cause
	at := func(format string, args ...any) {
		c.Evidence = append(c.Evidence, Evidence{Source: source, Line: line, Text: fmt.Sprintf(format, args...)})
	}
	at("%s: %s", r.Signal, r)
	shown := 0
	for i := range r.Frames {
		f := &r.Frames[i]
		if !f.Certain || f.Symbol == "" || shown == maxFrames {
			continue
		}
		where := path.Base(f.Object)
		if f.File != "" {
			where = fmt.Sprintf("%s:%d, %s", f.File, f.Line, where)
		}
		at("  in %s (%s)", f.Symbol, where)
		shown++
	}
	switch {
	case r.Feature != "" && crashAlone[c.ID]:
		c.ID, c.Subject, c.Confidence = "cpu.missing-instruction", r.Feature, Likely
		c.Summary = fmt.Sprintf("the program uses an instruction of %s, which the guest's CPU lacks", r.Feature)
		c.Fix = nil
	case r.LostLibrary != "" && crashAlone[c.ID]:
		c.ID, c.Subject, c.Confidence = "missing-lib.dlopen-soname", path.Base(r.LostLibrary), Likely
		if path.IsAbs(r.LostLibrary) {
			c.ID, c.Subject = "missing-lib.dlopen-path", r.LostLibrary
		}
		c.Summary = fmt.Sprintf("the program calls a function of %s, which could not be loaded, without a check", c.Subject)
		c.Fix = nil
	}
	if top := r.TopFrames(2); len(top) > 0 {
		c.Fingerprint = fmt.Sprintf("%s|%v", c.Fingerprint, top)
	}
	if len(v.Findings) > 0 {
		v.Findings[0] = *c
	}
}

// crashAlone are the verdicts that say no more than that the program crashed.
var crashAlone = map[string]bool{
	"unknown": true, "program.segfault": true, "program.trap": true, "program.signal-self": true,
	"program.exit-nonzero": true, "cpu.missing-instruction": true,
}
