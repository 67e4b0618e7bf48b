package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// Colours change nothing in the layout, and the last line of preflight counts what CI
// formats show.
func TestChecksText(t *testing.T) {
	t.Parallel()
	r := checked()
	r.Checks[2].Text = "a long sentence " + strings.Repeat("about the memory of the guest ", 4)
	r.Runs = []Run{{Seconds: 0.2}, {Seconds: 0.25}}
	d := &Document{Report: r}
	print := func(colour bool) string {
		var b bytes.Buffer
		if err := writeText(&b, d, TextOptions{Width: 80, Colour: colour}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	plain, painted := print(false), print(true)
	if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(painted, ""); got != plain {
		t.Errorf("with colours the layout is another:\n%s\nwithout:\n%s", got, plain)
	}
	if !strings.HasSuffix(plain, "\n\n2 errors   (runs: 0.5 s)\n\n"+r.Next+"\n") {
		t.Errorf("no count at the end:\n%s", plain)
	}
	_, checks, _ := strings.Cut(plain, "\n\n")
	checks, _, _ = strings.Cut(checks, "\n\n")
	for line := range strings.Lines(checks) {
		if len([]rune(line)) > 81 {
			t.Errorf("wider than 80 columns: %q", line)
		}
	}
	d.Context.Ignore = []IgnoreRule{{ID: r.Cause.ID, Subject: "*", Reason: "known"}}
	if got := d.tally(); !strings.Contains(got, "1 accepted problem ") || !strings.HasPrefix(got, "1 error,") {
		t.Errorf("an accepted problem is counted as %q", got)
	}
	if got := (&Document{Report: &Report{Checks: []Check{{Status: "ok"}}, Cause: diagnose.Finding{ID: "none.success"}}}).tally(); got != "no problems   (runs: 0.0 s)" {
		t.Errorf("a clean report is counted as %q", got)
	}
}
