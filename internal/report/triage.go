package report

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// LogVerdict is the verdict on one of several logs.
type LogVerdict struct {
	Log     string
	Verdict *diagnose.Verdict
}

// Triage groups many logs by cause.
type Triage struct {
	Schema     string          `json:"schema"`
	Groups     []TriageGroup   `json:"groups"` // most logs first
	Logs       []TriageLog     `json:"logs"`
	Unreadable []UnreadableLog `json:"unreadable,omitempty"`
}

// TriageGroup is the logs that share a fingerprint.
type TriageGroup struct {
	Fingerprint string           `json:"fingerprint"`
	Count       int              `json:"count"`
	Cause       diagnose.Finding `json:"cause"`           // of the first log
	First       *time.Time       `json:"first,omitempty"` // when the earliest of them ended
	Last        *time.Time       `json:"last,omitempty"`
	Logs        []string         `json:"logs"`
}

// UnreadableLog is a log that could not be read, and why.
type UnreadableLog struct {
	Log   string `json:"log"`
	Error string `json:"error"`
}

// TriageLog is one log's line.
type TriageLog struct {
	Log     string           `json:"log"`
	Time    *time.Time       `json:"time,omitempty"` // its last stamp, else the file's time
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
	if v.Exit != nil {
		r.Exit = NewExit(*v.Exit)
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
		t.Logs = append(t.Logs, TriageLog{Log: v.Log, Outcome: v.Verdict.Outcome, Cause: c})
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

// Stamp gives each log its time, in the order of NewTriage's verdicts; zero is unknown.
func (t *Triage) Stamp(times []time.Time) {
	group := map[string]*TriageGroup{}
	for i := range t.Groups {
		for _, log := range t.Groups[i].Logs {
			group[log] = &t.Groups[i]
		}
	}
	for i := range t.Logs {
		if i >= len(times) || times[i].IsZero() {
			continue
		}
		at := times[i].UTC().Truncate(time.Second)
		l, g := &t.Logs[i], group[t.Logs[i].Log]
		l.Time = &at
		if g.First == nil || at.Before(*g.First) {
			g.First = &at
		}
		if g.Last == nil || at.After(*g.Last) {
			g.Last = &at
		}
	}
}

// when says in what time a group's logs ended, in the shortest form that is clear.
func (g *TriageGroup) when() string {
	if g.First == nil {
		return ""
	}
	if g.First.Equal(*g.Last) {
		return "at " + g.First.Format("2006-01-02 15:04")
	}
	last := "2006-01-02 15:04"
	if g.First.Format(time.DateOnly) == g.Last.Format(time.DateOnly) {
		last = "15:04"
	}
	return "first " + g.First.Format("2006-01-02 15:04") + "  last " + g.Last.Format(last)
}

// TriageText prints one line a group, and below it when and an example.
func TriageText(w io.Writer, t *Triage) error {
	failed := 0
	for _, l := range t.Logs {
		if l.Outcome != diagnose.OutcomeOK && !strings.HasPrefix(l.Cause.ID, "none.") {
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
		when := ""
		if g.First != nil {
			when = g.when() + "  "
		}
		_, err := fmt.Fprintf(w, "%6d %3d%%  %-28s %s\n              %se.g. %s\n",
			g.Count, g.Count*100/len(t.Logs), g.Cause.ID, Escape(g.Cause.Summary), when, Escape(g.Logs[0]))
		if err != nil {
			return err
		}
	}
	if n := len(t.Unreadable); n > 0 {
		if _, err := fmt.Fprintf(w, "not read: %s, see standard error\n", Count(n, "log", "logs")); err != nil {
			return err
		}
	}
	return nil
}
