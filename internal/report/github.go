package report

import (
	"fmt"
	"io"
	"strings"
)

// maxAnnotations is how many annotations of one kind GitHub shows for a step.
const maxAnnotations = 10

// commands are GitHub's words for the levels.
var commands = map[Level]string{LevelError: "error", LevelWarning: "warning", LevelNote: "notice"}

// escapes of GitHub's workflow commands: of the message, and of a property.
var (
	messageEscapes  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeGitHub prints workflow commands, which become annotations of the changed lines.
// What is accepted gets none.
func writeGitHub(w io.Writer, d *Document, _ TextOptions) error {
	shown := map[Level]int{}
	for _, p := range d.Problems() {
		if d.Context.accepted(p).OK() {
			continue
		}
		if shown[p.Level]++; shown[p.Level] > maxAnnotations {
			continue
		}
		place := ""
		if p.File != "" {
			place = fmt.Sprintf("file=%s,line=%d,", propertyEscapes.Replace(p.File), max(p.Line, 1))
		}
		title := strings.TrimSpace(p.ID + " " + p.Subject)
		if _, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", commands[p.Level], place, propertyEscapes.Replace(title), messageEscapes.Replace(p.Message())); err != nil {
			return err
		}
	}
	return nil
}

// maxSummaryRows keeps a job summary below GitHub's limit of 1 MiB.
const maxSummaryRows = 100

// cell makes text fit for a cell of a Markdown table.
var cell = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "`", "'", "*", `\*`, "_", `\_`)

// GitHubSummary writes the job summary, in Markdown: the verdict, the checks, the
// problems with their remedies.
func GitHubSummary(w io.Writer, d *Document) error {
	var b strings.Builder
	list := d.Problems()
	hide := d.Context.hider(list...)
	if r := d.Report; r != nil {
		main := r.Cause
		if r.Remaining != nil {
			main = *r.Remaining
		}
		fmt.Fprintf(&b, "### nanodiag: %s\n\n", cell.Replace(d.Context.hide(fromFinding(main)).Summary))
		if len(r.Checks) > 0 {
			b.WriteString("| | check | |\n|---|---|---|\n")
			for _, c := range r.Checks {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Status, cell.Replace(c.Name), cell.Replace(hide(c.Text)))
			}
			b.WriteString("\n")
		}
	} else {
		fmt.Fprintf(&b, "### nanodiag: %s, %s\n\n", Count(len(d.Triage.Logs), "log", "logs"), Count(len(list), "cause", "causes"))
	}
	if len(list) > 0 {
		b.WriteString("| level | cause | what | remedy | where |\n|---|---|---|---|---|\n")
	}
	for i, p := range list {
		if i == maxSummaryRows {
			fmt.Fprintf(&b, "\nand %d more\n", len(list)-i)
			break
		}
		level := string(p.Level)
		if a := d.Context.accepted(p); a.OK() {
			level = "accepted: " + Escape(a.words())
		}
		where := ""
		if p.File != "" {
			where = fmt.Sprintf("%s:%d", Escape(p.File), p.Line)
		}
		what := p.Summary
		if p.Count > 0 {
			what = fmt.Sprintf("%s: %s", Count(p.Count, "log", "logs"), what)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell.Replace(level), p.ID, cell.Replace(what), cell.Replace(p.Help), cell.Replace(where))
	}
	if r := d.Report; r != nil && len(r.Incomplete) > 0 {
		b.WriteString("\nNot checked:\n\n")
		for _, s := range r.Incomplete {
			fmt.Fprintf(&b, "- %s\n", cell.Replace(hide(s)))
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}
