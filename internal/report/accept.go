package report

import "fmt"

// levels in rising order.
var levels = map[Level]int{LevelNote: 0, LevelWarning: 1, LevelError: 2, LevelNone: 3}

// ParseLevel reads the value of --fail-on.
func ParseLevel(s string) (Level, error) {
	switch l := Level(s); l {
	case LevelError, LevelWarning, LevelNone:
		return l, nil
	}
	return "", fmt.Errorf("%s: no such level; use error, warning or none", s)
}

// Acceptance tells why a problem fails nothing. The zero value says that it does.
type Acceptance struct {
	Reason string // of .nanodiag-ignore
	Known  bool   // it stands in the baseline
}

// OK reports whether the problem is accepted.
func (a Acceptance) OK() bool { return a.Known || a.Reason != "" }

// words says why a problem is accepted.
func (a Acceptance) words() string {
	if a.Reason != "" {
		return a.Reason
	}
	return "known: it stands in the baseline"
}

// accepted tells whether p stands in .nanodiag-ignore or the baseline.
func (c Context) accepted(p Problem) Acceptance {
	a := Acceptance{Known: c.Baseline[p.key]}
	for _, r := range c.Ignore {
		if r.matches(p.ID, p.subject) {
			a.Reason = r.Reason
			break
		}
	}
	return a
}

// fails reports whether p is at or above the level from which a job fails.
func (c Context) fails(p Problem) bool {
	threshold := c.FailOn
	if threshold == "" {
		threshold = LevelError
	}
	return levels[p.Level] >= levels[threshold] && !c.accepted(p).OK()
}

// Fails reports whether a problem is left that fails the job.
func (d *Document) Fails() bool {
	for _, p := range d.Problems() {
		if d.Context.fails(p) {
			return true
		}
	}
	return false
}

// Accepted is a problem that fails nothing, and why.
type Accepted struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
}

// Accept puts into the report what is ignored or known, for people to see.
func (d *Document) Accept() {
	if d.Report == nil {
		return
	}
	for _, p := range d.Problems() {
		if a := d.Context.accepted(p); a.OK() {
			d.Report.Accepted = append(d.Report.Accepted, Accepted{p.ID, p.Subject, a.words()})
		}
	}
}
