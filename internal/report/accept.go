package report

// levels in rising order.
var levels = map[Level]int{LevelNote: 0, LevelWarning: 1, LevelError: 2, LevelNone: 3}

// accepted tells whether p stands in .nanodiag-ignore or the baseline.
func (c Context) accepted(p Problem) Accepted {
	if c.Accept == nil {
		return Accepted{}
	}
	return c.Accept(p)
}

// words says why a problem is accepted.
func (a Accepted) words() string {
	if a.Reason != "" {
		return a.Reason
	}
	return "known: it stands in the baseline"
}

// fails reports whether p is at or above the level from which a job fails.
func (c Context) fails(p Problem) bool {
	threshold := c.FailOn
	if threshold == "" {
		threshold = LevelError
	}
	return levels[p.Level] >= levels[threshold] && !c.accepted(p).OK()
}
