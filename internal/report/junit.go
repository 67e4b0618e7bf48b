package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// JUnit XML as CI systems read it: one test case for each check line of preflight, for
// each finding, or for each of several logs. Names stay the same from run to run, so
// that a history can be kept.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"` // seconds
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"` // cause id
	Body    string `xml:",cdata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

func writeJUnit(w io.Writer, d *Document, _ TextOptions) error {
	s := junitSuite{Name: "nanodiag", Time: "0"}
	class := "nanodiag"
	if d.Report != nil {
		if d.Report.Program != "" {
			class = "nanodiag." + Escape(path.Base(d.Report.Program))
		}
		seconds := 0.0
		for _, r := range d.Report.Runs {
			seconds += r.Seconds
		}
		s.Time = fmt.Sprintf("%.3f", seconds)
	}
	switch {
	case d.Triage != nil:
		s.Cases = d.junitLogs(class)
	case len(d.Report.Checks) > 0:
		s.Cases = d.junitChecks(class)
	default:
		s.Cases = d.junitFindings(class)
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Time = "0"
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	all := junitSuites{Name: "nanodiag", Tests: s.Tests, Failures: s.Failures, Skipped: s.Skipped, Suites: []junitSuite{s}}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitChecks has one test case for each check line.
func (d *Document) junitChecks(class string) []junitCase {
	list := d.Problems()
	hide := d.Context.hider(list...)
	by := map[string][]Problem{}
	for _, p := range list {
		for _, name := range p.Checks {
			by[name] = append(by[name], p)
		}
	}
	var cases []junitCase
	for _, c := range d.Report.Checks {
		t := junitCase{Class: class, Name: c.Name, Output: hide(c.Text)}
		if c.Status == "skip" {
			t.Skipped, t.Output = &junitSkipped{hide(c.Text)}, ""
		}
		d.junitProblems(&t, by[c.Name])
		cases = append(cases, t)
	}
	return cases
}

// junitFindings has one test case for each finding, or one that passes.
func (d *Document) junitFindings(class string) []junitCase {
	var cases []junitCase
	for _, p := range d.Problems() {
		t := junitCase{Class: class, Name: strings.TrimSpace(p.ID + " " + p.Subject)}
		d.junitProblems(&t, []Problem{p})
		cases = append(cases, t)
	}
	if len(cases) == 0 {
		c := d.Report.Cause
		cases = append(cases, junitCase{Class: class, Name: c.ID, Output: d.Context.hider()(c.Summary)})
	}
	return cases
}

// junitLogs has one test case for each log.
func (d *Document) junitLogs(class string) []junitCase {
	by := map[string]Problem{}
	for _, p := range d.Problems() {
		by[p.ID+" "+p.Subject] = p
	}
	var cases []junitCase
	for _, l := range d.Triage.Logs {
		t := junitCase{Class: class, Name: Escape(l.Log)}
		p, ok := by[l.Cause.ID+" "+d.Context.hider(fromFinding(l.Cause))(l.Cause.Subject)]
		if ok && l.Outcome != diagnose.OutcomeOK {
			own := d.Context.hide(fromFinding(l.Cause))
			p.Evidence, p.Summary = own.Evidence, own.Summary
			d.junitProblems(&t, []Problem{p})
		} else {
			t.Output = d.Context.hider()(l.Cause.Summary)
		}
		cases = append(cases, t)
	}
	return cases
}

// junitProblems makes a test case fail for the problems that fail, and skips it where
// all are accepted.
func (d *Document) junitProblems(t *junitCase, list []Problem) {
	var fails, others []string
	first, reason := Problem{}, ""
	for _, p := range list {
		body := junitBody(p)
		if a := d.Context.accepted(p); a.OK() {
			reason = a.words()
			others = append(others, body+"accepted: "+Escape(a.words())+"\n")
			continue
		}
		if !d.Context.fails(p) {
			others = append(others, string(p.Level)+": "+body)
			continue
		}
		if len(fails) == 0 {
			first = p
		}
		fails = append(fails, body)
	}
	if len(others) > 0 {
		t.Output = strings.Join(others, "\n")
	}
	switch {
	case len(fails) > 0:
		t.Skipped = nil
		t.File = first.File
		t.Failure = &junitFailure{Message: first.Summary, Type: first.ID, Body: "\n" + strings.Join(fails, "\n")}
	case reason != "" && len(others) == len(list) && len(list) > 0:
		t.Skipped = &junitSkipped{Escape(reason)}
	}
}

// junitBody is the evidence and the remedy, one a line.
func junitBody(p Problem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Summary)
	for _, e := range p.Evidence {
		if e.Line > 0 {
			fmt.Fprintf(&b, "  %s:%d: %s\n", e.Source, e.Line, e.Text)
		} else {
			fmt.Fprintf(&b, "  %s: %s\n", e.Source, e.Text)
		}
	}
	if p.Help != "" {
		fmt.Fprintf(&b, "help: %s\n", p.Help)
	}
	if p.File != "" {
		fmt.Fprintf(&b, "at %s:%d\n", Escape(p.File), p.Line)
	}
	return b.String()
}
