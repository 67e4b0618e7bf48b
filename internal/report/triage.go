package report

import (
	"fmt"
	"io"
	"sort"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// LogVerdict is the verdict on one of several logs.
type LogVerdict struct {
	Log     string
	Verdict *diagnose.Verdict
}

// Triage groups many logs by cause.
type Triage struct {
	Schema string        `json:"schema"`
	Groups []TriageGroup `json:"groups"` // most logs first
	Logs   []TriageLog   `json:"logs"`
}

// TriageGroup is the logs that share a fingerprint.
type TriageGroup struct {
	Fingerprint string           `json:"fingerprint"`
	Count       int              `json:"count"`
	Cause       diagnose.Finding `json:"cause"` // of the first log
	Logs        []string         `json:"logs"`
}

// TriageLog is one log's line.
type TriageLog struct {
	Log     string           `json:"log"`
	Outcome string           `json:"outcome"`
	Cause   diagnose.Finding `json:"cause"`
}

// FromVerdict makes a report of a verdict alone.
func FromVerdict(v *diagnose.Verdict) *Report {
	r := &Report{
		Schema: SchemaReport, Outcome: v.Outcome, Cause: clean(v.Cause), Findings: []diagnose.Finding{},
		Suppressed: v.Suppressed, Runs: []Run{}, Incomplete: list(v.Incomplete), Advice: v.Advice,
	}
	for _, f := range v.Findings {
		r.Findings = append(r.Findings, clean(f))
	}
	if len(r.Findings) == 0 {
		r.Findings = append(r.Findings, r.Cause)
	}
	if r.Suppressed == nil {
		r.Suppressed = []diagnose.Suppressed{}
	}
	return r
}

// NewTriage groups verdicts by fingerprint.
func NewTriage(verdicts []LogVerdict) *Triage {
	t := &Triage{Schema: SchemaTriage, Groups: []TriageGroup{}, Logs: []TriageLog{}}
	index := map[string]int{}
	for _, v := range verdicts {
		c := clean(v.Verdict.Cause)
		t.Logs = append(t.Logs, TriageLog{v.Log, v.Verdict.Outcome, c})
		key := c.Fingerprint
		if key == "" {
			key = c.ID + "|" + c.Subject
		}
		i, ok := index[key]
		if !ok {
			i = len(t.Groups)
			index[key] = i
			t.Groups = append(t.Groups, TriageGroup{Fingerprint: key, Cause: c})
		}
		t.Groups[i].Count++
		t.Groups[i].Logs = append(t.Groups[i].Logs, v.Log)
	}
	sort.SliceStable(t.Groups, func(i, j int) bool { return t.Groups[i].Count > t.Groups[j].Count })
	return t
}

// TriageText prints one line a group.
func TriageText(w io.Writer, t *Triage) error {
	failed := 0
	for _, l := range t.Logs {
		if l.Outcome != diagnose.OutcomeOK {
			failed++
		}
	}
	causes := 0
	for _, g := range t.Groups {
		if g.Cause.ID != "none.success" && g.Cause.ID != "none.server-running" {
			causes++
		}
	}
	if _, err := fmt.Fprintf(w, "%s, %d failed, %s\n", Count(len(t.Logs), "log", "logs"), failed, Count(causes, "cause", "causes")); err != nil {
		return err
	}
	for _, g := range t.Groups {
		_, err := fmt.Fprintf(w, "%6d %3d%%  %-28s %s  e.g. %s\n", g.Count, g.Count*100/len(t.Logs), g.Cause.ID, Escape(g.Cause.Summary), Escape(g.Logs[0]))
		if err != nil {
			return err
		}
	}
	return nil
}
