package report

import "fmt"

// Repeat counts how the runs of one image ended, where it ran several times.
type Repeat struct {
	Round    int             `json:"round"`
	Traced   bool            `json:"traced"`
	Runs     int             `json:"runs"`
	Passed   int             `json:"passed"`
	Failures []RepeatFailure `json:"failures"`
}

// RepeatFailure is one cause among the failures of a Repeat.
type RepeatFailure struct {
	ID      string   `json:"id"`
	Subject string   `json:"subject"`
	Count   int      `json:"count"`
	Logs    []string `json:"logs"`
}

// Add counts a failure, and reports whether its cause is a new one.
func (r *Repeat) Add(id, subject, log string) bool {
	for i := range r.Failures {
		if f := &r.Failures[i]; f.ID == id && f.Subject == subject {
			f.Count++
			f.Logs = append(f.Logs, log)
			return false
		}
	}
	r.Failures = append(r.Failures, RepeatFailure{ID: id, Subject: subject, Count: 1, Logs: []string{log}})
	return true
}

// repeats prints the counts of repeated runs.
//
//	runs as configured: 3 of 5 worked; 2 ended by missing-lib.dlopen-soname libx.so, such as round-0-2.log
func (t *text) repeats(list []Repeat) {
	if len(list) > 0 {
		t.line("")
	}
	for _, r := range list {
		how := "as configured"
		if r.Round > 0 {
			how = fmt.Sprintf("after fix %d", r.Round)
		}
		if !r.Traced {
			how += ", untraced"
		}
		t.line("  runs %s: %d of %d worked", how, r.Passed, r.Runs)
		for _, f := range r.Failures {
			t.line("    %d failed: %s %s, such as %s", f.Count, f.ID, Escape(f.Subject), Escape(f.Logs[0]))
		}
	}
}
