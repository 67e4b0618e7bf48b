package diagnose

import (
	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

// Points for accesses. The scale is that of candidate.
const (
	pointsNativeOK   = 40 // it works natively and not in the guest
	pointsNoNative   = 30 // nothing to compare with
	pointsUnasked    = 18 // natively it was never asked for: the guest had left the course before
	pointsNearest    = 20 // nothing else failed between it and the failure
	pointsNear       = 8
	pointsStopped    = 20  // the guest did nothing more of what the native run did next
	pointsSilent     = 15  // natively the program then wrote to stdout, in the guest it did not
	pointsNamed      = 35  // the last words name it
	pointsListed     = 8   // they list it among all that was tried
	pointsOwnError   = -15 // nothing to compare with, and the last words are of an error in the program's own logic
	pointsErrno      = 18  // the last words have the text of its error
	pointsWeak       = -25
	pointsWentOn     = -35 // the guest did all that the native run did next
	pointsLate       = -12 // it came after the last words
	pointsFailsAlone = -40 // the native run fails as well, so the difference is not to blame
	pointsPolled     = 15
)

// ownErrors are what runtimes say of an error in a program's own logic. It may be the
// consequence of something that was missing; that the last look-up before it failed is
// no sign of it.
//
//	panic: runtime error: slice bounds out of range [90:70]
//	ValueError: could not convert string to float: ''
//	gantt.rb:5:in `start': undefined method `after' for nil:NilClass (NoMethodError)
var ownErrors = lazyregexp.New(`(?i)runtime error: (?:slice bounds|index out of range|integer divide|makeslice)|index out of bounds|range (?:start|end) index|attempt to (?:divide|add|subtract|multiply|calculate)|` +
	`\b(?:Value|Type|Index|Key|Attribute|ZeroDivision|Range|Syntax|Arithmetic|NoMethod|Argument|Unbound\w*|Name)Error\b|NullPointerException|IndexOutOfBounds|NumberFormatException|Assertion .*failed|std::(?:out_of_range|logic_error|length_error)`)

func (r *run) ownError() bool {
	line, ok := Decisive(r.words)
	return ok && ownErrors.MatchString(line.Text)
}

// maxNamed is how many things a message is about; one that names more lists what was
// tried, as Lua's "module 'x' not found" does.
const maxNamed = 4

// judgeAccesses turns suspects into candidates.
func (r *run) judgeAccesses(suspects []access) []candidate {
	var out []candidate
	listed := 0
	for _, a := range suspects {
		if r.names(a) {
			listed++
		}
	}
	for _, a := range suspects {
		if a.maker != "" {
			continue // it is not there since that call failed
		}
		p := pointsNoNative
		switch {
		case a.opened:
			p = pointsNoNative
		case a.fate.ok:
			p = pointsNativeOK
		case r.native != nil:
			p = pointsUnasked
		}
		named := r.names(a) || r.namesListed(a)
		spoken := false
		if line, ok := r.lastBad(); ok && a.err != 0 {
			spoken = says(line.Text, a.err)
		}
		if a.weight == weak {
			p += pointsWeak
		}
		// A look-up that most programs tolerate gains nothing from its place alone.
		if a.weight != weak || named || spoken {
			p += nearness(a.rank)
		}
		if a.late {
			p += pointsLate
		}
		if a.fate.ok && !a.opened {
			p += r.progress(a)
		}
		switch {
		case named && listed > maxNamed:
			p += pointsListed
		case named:
			p += pointsNamed
		}
		if spoken {
			p += pointsErrno
		}
		if !named && !spoken && r.native == nil && r.ownError() {
			p += pointsOwnError
		}
		if r.nativeFails() && a.fate.ok && !a.opened {
			p += pointsFailsAlone
		}
		if a.polled = a.count >= 3 && r.hangs(); a.polled {
			p += pointsPolled
		}
		c := r.classify(a)
		if a.lib != nil && r.unsureWhere(c.ID) {
			c.limit = Possible
		}
		c.Tied = named || spoken || a.rank == 0 && !a.late && a.weight != weak && r.nextAct(a)
		if a.opened && a.rank > 0 && !named {
			p -= pointsNearest
		}
		if a.weight == weak && !named && !spoken {
			p = min(p, minPossible-1)
		}
		c.points = p + c.points
		c.order = a.rank + 1
		if a.late {
			c.order += maxSuspects
		}
		out = append(out, c)
	}
	return out
}

// comparesOpens reports whether the guest's log shows the paths of successful opens:
// those of Nanos up to 0.1.50 do not.
func (r *run) comparesOpens() bool { return r.log.Format != tracelog.FormatOld }

// unsureWhere: without a native run and without knowing the image, a library that the
// loader did not find may lie in it all the same, where the loader does not look.
func (r *run) unsureWhere(id string) bool {
	switch id {
	case "missing-lib.search-path":
		return r.in.GuestHas == nil && r.native == nil
	case "missing-lib.dlopen-soname", "missing-lib.dlopen-dependency":
		return r.in.GuestHas == nil && r.native == nil && (!r.setup.known || len(r.setup.imageDirs()) > 0)
	}
	return false
}

// nearness gives points for the place among the suspects.
func nearness(rank int) int {
	switch rank {
	case 0:
		return pointsNearest
	case 1:
		return pointsNear
	case 2:
		return pointsNear / 2
	}
	return 0
}
