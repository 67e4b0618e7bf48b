package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

func TestGitHubFormat(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := writeGitHub(&b, inCI(t, secretive()), TextOptions{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "checked.github.txt", b.Bytes())
	b.Reset()
	if err := GitHubSummary(&b, inCI(t, secretive())); err != nil {
		t.Fatal(err)
	}
	golden(t, "checked.github.md", b.Bytes())
}

// A file or a message of the program's cannot end a command early or begin another.
func TestGitHubFormatEscapes(t *testing.T) {
	t.Parallel()
	d := inCI(t, &Report{Outcome: "failed", Cause: diagnose.Finding{ID: "program.panic", Subject: "a,b:c\n::error::x", Summary: "50%\r\n::set-output name=a::b"}})
	d.Context.File, d.Context.Line = "odd,name:%.json", nil
	var b bytes.Buffer
	if err := writeGitHub(&b, d, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `::error file=odd%2Cname%3A%25.json,line=1,title=program.panic a%2Cb%3Ac\n%3A%3Aerror%3A%3Ax::50%25\r\n::set-output name=a::b` + "\n"
	if b.String() != want {
		t.Errorf("got  %swant %s", b.String(), want)
	}
}

// GitHub shows ten annotations of a kind; the summary has the rest.
func TestGitHubFormatMany(t *testing.T) {
	t.Parallel()
	r := &Report{Outcome: "failed", Cause: diagnose.Finding{ID: "unknown"}}
	for i := range 30 {
		r.Findings = append(r.Findings, diagnose.Finding{ID: "missing-data.file", Subject: fmt.Sprintf("/f%d", i), Confidence: diagnose.Likely, Summary: "s"})
	}
	var b bytes.Buffer
	if err := writeGitHub(&b, inCI(t, r), TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "::error "); n != maxAnnotations {
		t.Errorf("%d annotations", n)
	}
	b.Reset()
	if err := GitHubSummary(&b, inCI(t, r)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "/f29") && !strings.Contains(b.String(), "| error |") {
		t.Errorf("the summary lacks rows:\n%s", b.String())
	}
}
