package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Document is what one command found, ready to be printed in any format: the report
// on one program or log, or the triage of several logs.
type Document struct {
	Report *Report
	Triage *Triage // of several logs; Report is nil then

	Context Context
}

// Format is a name that --format takes.
type Format struct {
	Name   string
	Shares bool // its output may stand on standard output together with text
	Write  func(io.Writer, *Document, TextOptions) error
}

// formats are in the order in which help and errors list them. TextOptions are for
// text; the others are the same on every terminal.
var formats = []Format{
	{"text", true, writeText},
	{"json", false, writeJSON},
	{"sarif", false, writeSARIF},
	{"junit", false, writeJUnit},
	{"github", true, writeGitHub},
	{"html", false, writeHTML},
}

// Formats lists them.
func Formats() []Format { return slices.Clone(formats) }

// FormatNamed returns the format that --format calls name.
func FormatNamed(name string) (Format, error) {
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("%q: no such format; use %s", name, FormatNames())
}

// FormatNames lists the formats in words: "text, json or sarif".
func FormatNames() string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func writeText(w io.Writer, d *Document, opt TextOptions) error {
	if d.Triage != nil {
		return TriageText(w, d.Triage)
	}
	opt.tally = d.tally()
	return Text(w, d.Report, opt)
}

// tally counts the problems of a list of checks, in preflight's last line: those that
// CI formats show, at the same levels.
func (d *Document) tally() string {
	if len(d.Report.Checks) == 0 {
		return ""
	}
	n, accepted := map[Level]int{}, 0
	for _, p := range d.Problems() {
		if d.Context.accepted(p).OK() {
			accepted++
		} else {
			n[p.Level]++
		}
	}
	var parts []string
	for _, c := range []struct {
		n         int
		one, many string
	}{
		{n[LevelError], "error", "errors"}, {n[LevelWarning], "warning", "warnings"}, {accepted, "accepted problem", "accepted problems"},
	} {
		if c.n > 0 {
			parts = append(parts, Count(c.n, c.one, c.many))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no problems"}
	}
	var seconds float64
	for _, r := range d.Report.Runs {
		seconds += r.Seconds
	}
	return fmt.Sprintf("%s   (runs: %.1f s)", strings.Join(parts, ", "), seconds)
}

func writeJSON(w io.Writer, d *Document, _ TextOptions) error {
	if d.Triage != nil {
		return JSON(w, d.Triage)
	}
	return JSON(w, d.Report)
}
