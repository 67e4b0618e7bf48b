package diagnose

import (
	"unicode"
	"unicode/utf8"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

// foreign reports whether nothing in the log is of Nanos or Ops: the file may be
// anything. A program's bare output looks the same, so what it states still counts, and
// its silence does not.
func (r *run) foreign() bool {
	l := r.log
	return len(l.Console) > 0 && len(l.Kernel)+len(l.Ops)+len(l.Events)+len(l.Summary) == 0 && l.Crash == nil && !l.Missing &&
		l.Fate == "" && r.in.Status == nil && !r.in.TimedOut
}

const (
	// maxSample is how many characters of the output are looked at: a header and some
	// content of any file format.
	maxSample = 64 << 10
	// maxOdd is one of how many characters may be none of a text.
	maxOdd = 20
)

// binary reports whether the output is no text.
func (r *run) binary() bool {
	all, odd := 0, 0
	for _, l := range r.log.Console {
		for at := 0; at < len(l.Text) && all < maxSample; all++ {
			c, n := utf8.DecodeRuneInString(l.Text[at:])
			at += n
			if c == utf8.RuneError && n == 1 || unicode.IsControl(c) && c != '\t' && c != '\r' && c != 0x1b {
				odd++
			}
		}
	}
	return odd*maxOdd > all
}

// errorTerms are words for an error that hardly stand in anything but a program's output.
var errorTerms = lazyregexp.New(`(?i)\b(error|fatal|panic|panicked|fail|failed|failure|exception|aborted|traceback)\b`)

// statesError: the program's last words speak of an error.
func (r *run) statesError() bool {
	l, ok := r.lastBad()
	return ok && errorTerms.MatchString(l.Text)
}

// announces: a line about what is being done. A log that ends so was cut off, or the
// program did not come to the end of it.
//
//	starting work
//	2026/11/22 07:01:16 [INFO] loading keys
//	proving ...
var announces = lazyregexp.New(`(?i)^(?:[\W\d]|\b(?:info|debug|trace|notice|level|msg|main)\b)*(?:now )?[a-z]{2,}ing\b|(?:\.\.\.|…)$`)

// endings are announcements of the end.
var endings = lazyregexp.New(`(?i)\b(?:exit|shutting|stopping|closing|quit|leaving|terminating|finishing|ending|nothing|bring|string)`)

// underWay: the console shows no end, and its last line announces work.
func (r *run) underWay() bool {
	last, spoke := r.lastWord()
	return spoke && r.log.End == tracelog.EndUnknown && r.in.Status == nil && announces.MatchString(last.Text) && !endings.MatchString(last.Text)
}
