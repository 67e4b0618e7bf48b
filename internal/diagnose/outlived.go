package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

var (
	// copes are lines by which a program says that it does without what it just missed.
	copes = lazyregexp.New(`(?i)\bfall(?:s|ing)? ?back|\bfallback\b|\busing \S+(?: \S+)? (?:instead|for now)|\binstead\b|\bcontinuing|\bcarrying on|\bignor(?:ed|ing)\b|\bskipp(?:ed|ing)\b|` +
		`\b(?:slow|slower|software|generic|portable) (?:path|mode|version|implementation)|\busing (?:the )?(?:default|built-?in|internal|slow)|\b(?:retry|retrying|reconnect\w*)\b|\bdegraded\b`)
	// farewells are lines of a program that ends, and advice to its user; neither says
	// that it went on.
	farewells = lazyregexp.New(`(?i)\b(?:exit\w*|abort\w*|quit\w*|shut\w*|stop\w*|clos\w+|bye|giving up|terminat\w+|cleanup|cleaning|status|code|try|see|please|did you|check|hint|help|make sure|` +
		`install|consider|perhaps|maybe|possible|possibly|run with|note|usage|options?|caused by|reason|details?|context|backtrace|location)\b|https?://`)
)

// continued are lines of a message of several: a heading, and the list below it.
//
//	Require stack:
//	- /app/x.js
var continued = lazyregexp.New(`:$|^[-*•] `)

// dumps are the heads of what Go prints at its end, line upon line.
var dumps = lazyregexp.New(`^fatal error: |^runtime stack:|^goroutine \d+ .*\[|^created by `)

// outlived reports whether the program went on after word i: an ordinary line of output
// follows, and nothing is known of an end in failure. What it complained of may be no
// cause then. A native run tells better, see wentOn.
func (r *run) outlived(i int) bool {
	if r.native != nil || r.log.Crash != nil || r.log.End == tracelog.EndSignal || r.log.End == tracelog.EndHalt || r.log.Boots > 1 || r.in.TimedOut || r.in.Degraded {
		return false
	}
	if s := r.in.Status; s != nil && *s != 0 {
		return false
	}
	if s, ok := r.statusByQEMU(); ok && s != 0 {
		return false
	}
	for _, l := range r.words[i:] {
		if dumps.MatchString(l.Text) {
			return false
		}
	}
	for _, l := range r.words[i+1:] {
		if !trailers.MatchString(l.Text) && !looksBad(l.Text) && !tolerated.MatchString(l.Text) && !copes.MatchString(l.Text) && !farewells.MatchString(l.Text) && !continued.MatchString(l.Text) && !r.indented(l) {
			return true
		}
	}
	return false
}

// coped: the program says, in word i or the next, that it does without, and went on.
func (r *run) coped(i int) bool {
	return (copes.MatchString(r.words[i].Text) || i+1 < len(r.words) && copes.MatchString(r.words[i+1].Text)) && r.outlived(i)
}

// livedOn: the last complaint was outlived.
func (r *run) livedOn() bool {
	for i := len(r.words) - 1; i >= 0 && r.saidAt > 0; i-- {
		if r.words[i].N == r.saidAt {
			return r.outlived(i)
		}
	}
	return false
}

// indented: a line of a message of several.
func (r *run) indented(l tracelog.Line) bool {
	at, ok := slices.BinarySearchFunc(r.log.Console, l.N, func(c tracelog.Line, n int) int { return cmp.Compare(c.N, n) })
	return ok && strings.IndexAny(r.log.Console[at].Text, " \t") == 0
}
