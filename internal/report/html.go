package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"path"
	"slices"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// Attachments is what the HTML page shows beyond the report. It is read from the logs
// of the run, and only for that format.
type Attachments struct {
	Log       string // name of the guest's log
	Console   []ConsoleLine
	Libraries []TraceLibrary // of the native run
	Timelines []Timeline     // guest runs beside the native run
}

//go:embed page.html.tmpl
var pageText string

// page is what the template lays out. Every text in it is without secrets.
type page struct {
	Name, Version string
	Outcome       string
	Main          Problem
	Problems      []pageProblem
	Checks        []Check
	Runs          []Run
	Bundle        *Bundle
	Bars          []bar
	Log           string
	Console       []ConsoleLine
	Timelines     []Timeline
	Graph         *pageGraph
	Incomplete    []string

	shown map[int]bool // lines of Console
}

type pageProblem struct {
	Problem
	Accepted string // why it fails nothing
	Meaning  string // long text of the cause
	Card     int    // 1-based place on the page
}

// bar is one line of the bundle's sizes.
type bar struct {
	Name, Size string
	Percent    float64 // of the largest
}

// writeHTML writes one file that needs no other and no network.
func writeHTML(w io.Writer, d *Document, _ TextOptions) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	return t.Execute(w, newPage(d))
}

func newPage(d *Document) *page {
	list := d.Problems()
	hide := d.Context.hider(list...)
	p := &page{Version: d.Context.Version}
	for _, x := range list {
		text, _ := diagnose.Explain(x.ID)
		q := pageProblem{Problem: x, Meaning: text.Section("What it means")}
		if a := d.Context.accepted(x); a.OK() {
			q.Accepted = Escape(a.words())
		} else if x.ofCheck {
			continue // the list of checks shows it
		}
		q.Card = len(p.Problems) + 1
		p.Problems = append(p.Problems, q)
	}
	if d.Triage != nil {
		p.Name, p.Outcome = Count(len(d.Triage.Logs), "log", "logs"), diagnose.OutcomeFailed
		p.Main = Problem{Summary: Count(len(list), "cause", "causes") + " in " + p.Name}
		return p
	}
	r := d.Report
	main := r.Cause
	if r.Remaining != nil {
		main = *r.Remaining
	}
	p.Name, p.Outcome, p.Main = Escape(path.Base(r.Program)), r.Outcome, d.Context.hide(fromFinding(main))
	for _, c := range r.Checks {
		c.Text, c.Detail = hide(c.Text), slices.Clone(c.Detail)
		for i := range c.Detail {
			c.Detail[i] = hide(c.Detail[i])
		}
		p.Checks = append(p.Checks, c)
	}
	p.Runs = r.Runs
	for _, s := range r.Incomplete {
		p.Incomplete = append(p.Incomplete, hide(s))
	}
	p.Bundle, p.Bars = r.Bundle, bars(r.Bundle)
	if d.Context.Attach != nil {
		a := d.Context.Attach()
		p.Log = Escape(a.Log)
		for _, l := range a.Console {
			l.Text = hide(l.Text)
			p.Console = append(p.Console, l)
		}
		p.timelines(r, a, hide)
		p.Graph = newGraph(r, list, a.Libraries)
	}
	return p
}

// timelines links rows with the console and the findings.
func (p *page) timelines(r *Report, a Attachments, hide func(string) string) {
	p.shown = map[int]bool{}
	for _, l := range p.Console {
		p.shown[l.N] = true
	}
	card := func(n int) int {
		if n > len(r.Findings) {
			return 0
		}
		f := r.Findings[n-1]
		for i, q := range p.Problems {
			if q.ID == f.ID && q.subject == f.Subject {
				return i + 1
			}
		}
		return 0
	}
	linked := map[int]bool{}
	for _, t := range a.Timelines {
		p.Timelines = append(p.Timelines, t.forPage(hide, func(line int) bool {
			shown := p.Shows(t.Guest, line)
			if shown {
				linked[line] = true
			}
			return shown
		}, card))
	}
	for i := range p.Console {
		p.Console[i].Anchor = p.Console[i].Mark || linked[p.Console[i].N]
	}
}

// Linked reports whether a line of a log has a place of its own on the page.
func (p *page) Linked(source string, line int) bool {
	return p.Shows(source, line) && slices.ContainsFunc(p.Console, func(l ConsoleLine) bool { return l.N == line && l.Anchor })
}

// Shows reports whether the page has a line of a log.
func (p *page) Shows(source string, line int) bool {
	return line > 0 && p.shown[line] && source == path.Base(p.Log)
}

// maxBars is how many entries of a bundle get a bar of their own.
const maxBars = 40

// bars are the largest entries of a bundle.
func bars(b *Bundle) []bar {
	if b == nil {
		return nil
	}
	entries := slices.Clone(b.Entries)
	slices.SortStableFunc(entries, func(x, y BundleEntry) int { return int(min(1, max(-1, y.Size-x.Size))) })
	var out []bar
	for _, e := range entries {
		if e.Size == 0 || len(out) == maxBars {
			break
		}
		out = append(out, bar{Escape(e.To), Size(e.Size), 100 * float64(e.Size) / float64(entries[0].Size)})
	}
	return out
}
