package report

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// Level says how much a problem matters. --fail-on takes the first two.
type Level string

const (
	LevelError   Level = "error"   // the program fails, or would
	LevelWarning Level = "warning" // it may fail, or does without
	LevelNote    Level = "note"    // the answer is not known; never fails a job
	LevelNone    Level = "none"    // as a threshold: nothing fails
)

// Problem is one finding or one failed check as CI formats show it: a sentence, a
// remedy, and the place to change. SARIF, JUnit, GitHub and the exit code are made
// from the same list. Texts are escaped and hold no secrets.
type Problem struct {
	Level      Level
	ID         string // cause id
	Subject    string
	Confidence diagnose.Confidence
	Summary    string
	Help       string // the remedy; "" when none is known
	Evidence   []diagnose.Evidence
	Checks     []string // names of preflight's lines that show it
	File       string   // the configuration to change, or the log that shows it; "" unknown
	Line       int      // 1-based
	Count      int      // logs that share it; 0 for one program

	ofCheck bool   // a check line alone shows it, no finding
	subject string // before secrets were hidden
	key     string // what stays of a problem when logs, paths and runs change
}

// Fingerprint is equal for the same problem in different runs.
func (p Problem) Fingerprint() string {
	sum := sha256.Sum256([]byte(p.key))
	return hex.EncodeToString(sum[:16])
}

// Message is the summary with the remedy.
func (p Problem) Message() string {
	if p.Help == "" {
		return p.Summary
	}
	return p.Summary + "; " + p.Help
}

// Problems lists what is wrong, the cause first.
func (d *Document) Problems() []Problem {
	b := &problems{doc: d, seen: map[string]bool{}, subjects: map[string]bool{}}
	if d.Triage != nil {
		b.triage(d.Triage)
	} else {
		b.findings(d.Report)
		b.checks(d.Report)
	}
	return b.list
}

type problems struct {
	doc      *Document
	list     []Problem
	seen     map[string]bool // by key
	subjects map[string]bool // base names that a finding told of
}

func (b *problems) add(p Problem) {
	p.subject, p.key = p.Subject, p.ID+" "+path.Base(p.Subject)
	if b.seen[p.key] {
		return
	}
	b.seen[p.key] = true
	b.list = append(b.list, b.doc.Context.hide(p))
}

func (b *problems) findings(r *Report) {
	if r.Config != nil && r.Config.Written && r.Outcome == diagnose.OutcomeOK {
		return // repaired for good
	}
	for i, f := range append([]diagnose.Finding{r.Cause}, r.Findings...) {
		if f.ID == "" || strings.HasPrefix(f.ID, "none.") {
			continue
		}
		p := fromFinding(f)
		switch {
		case r.Outcome == diagnose.OutcomeUnknown && f.ID == "unknown":
			p.Level = LevelNote
		case i > 0 && f.Confidence == diagnose.Possible:
			p.Level = LevelWarning
		}
		p.Checks = checksOf(r, f)
		p.File, p.Line = b.doc.Context.place(f)
		b.add(p)
		b.subjects[path.Base(f.Subject)] = true
	}
}

func fromFinding(f diagnose.Finding) Problem {
	p := Problem{Level: LevelError, ID: f.ID, Subject: f.Subject, Confidence: f.Confidence, Summary: f.Summary, Evidence: f.Evidence}
	if f.Fix != nil {
		p.Help = f.Fix.Summary
	}
	return p
}

// checksOf names the check lines that show a finding: those with its id or its subject,
// else the last, which is about the run.
func checksOf(r *Report, f diagnose.Finding) []string {
	var names []string
	for _, c := range r.Checks {
		shows := c.ID == f.ID
		for _, d := range c.Detail {
			var p Problem
			p.detail(c.Name, d)
			shows = shows || c.ID != "" && path.Base(p.Subject) == path.Base(f.Subject)
		}
		if shows {
			names = append(names, c.Name)
		}
	}
	if n := len(r.Checks); n > 0 && len(names) == 0 {
		names = append(names, r.Checks[n-1].Name)
	}
	return names
}

// checks adds what the check lines tell beyond the findings, one problem for each line
// of detail.
func (b *problems) checks(r *Report) {
	found := map[string]bool{}
	for _, p := range b.list {
		found[p.ID] = true
	}
	for _, c := range r.Checks {
		if c.ID == "" || c.Status != "FAIL" && c.Status != "warn" {
			continue
		}
		level := LevelWarning
		// A run that worked answers every question but that of memory, of which a
		// rehearsal has the host's.
		if c.Status == "FAIL" && (r.Outcome != diagnose.OutcomeOK || c.ID == "resource.memory") {
			level = LevelError
		}
		base := Problem{Level: level, ID: c.ID, Checks: []string{c.Name}, ofCheck: true, Summary: c.Name + ": " + c.Text}
		base.File, base.Line = b.doc.Context.place(diagnose.Finding{ID: c.ID})
		if len(c.Detail) == 0 {
			if !found[c.ID] {
				b.add(base)
			}
			continue
		}
		for _, d := range c.Detail {
			p := base
			p.detail(c.Name, d)
			if !b.subjects[path.Base(p.Subject)] {
				b.add(p)
			}
		}
	}
}

// A detail of the check of the configuration is an ops.Issue: "config.json:3:5: text".
var issueDetail = lazyregexp.New(`^([^:\s]+):(\d+):\d+: (.*)$`)

// detail takes a problem's subject from a check's line of detail, which opens with it:
// "libgomp.so.1: found through ld.so.cache natively", "libx.so, needed by …".
func (p *Problem) detail(check, d string) {
	if m := issueDetail.FindStringSubmatch(d); m != nil {
		p.File, p.Summary, p.Subject = m[1], m[3], m[3]
		p.Line, _ = strconv.Atoi(m[2])
		return
	}
	p.Subject = d
	if i := strings.IndexAny(d, ":,"); i > 0 {
		p.Subject = d[:i]
	}
	p.Summary = check + ": " + d
}

func (b *problems) triage(t *Triage) {
	for _, g := range t.Groups {
		if strings.HasPrefix(g.Cause.ID, "none.") {
			continue
		}
		p := fromFinding(g.Cause)
		if g.Cause.ID == "unknown" {
			p.Level = LevelNote
			for _, l := range t.Logs {
				if l.Outcome == diagnose.OutcomeFailed && l.Cause.ID == "unknown" {
					p.Level = LevelError
				}
			}
		}
		p.Count = g.Count
		p.File, p.Line = b.doc.Context.place(g.Cause)
		if b.doc.Context.File == "" {
			p.File = g.Logs[0]
		}
		b.add(p)
	}
}
