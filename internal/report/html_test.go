package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// attached is what a page shows of logs, with n libraries.
func attached(n int) func() Attachments {
	a := Attachments{Log: "round-0.log"}
	for i := 1; i <= 12; i++ {
		a.Console = append(a.Console, ConsoleLine{N: i, Text: fmt.Sprintf("line %d <b>s3cr3t-value</b>", i), Mark: i == 7})
	}
	for i := range n {
		l := TraceLibrary{Path: fmt.Sprintf("/usr/lib/lib%d.so", i), InClosure: i%3 != 0, RequestedAs: "x"}
		switch {
		case i == 0:
			l.Path, l.Soname = "/usr/lib/x86_64-linux-gnu/libgomp.so.1", "libgomp.so.1"
		case i%3 == 1:
			l.NeededBy = []string{"/srv/app/prover"}
		case i%3 == 2:
			l.NeededBy = []string{fmt.Sprintf("/usr/lib/lib%d.so", i-1)}
		}
		a.Libraries = append(a.Libraries, l)
	}
	return func() Attachments { return a }
}

func writePage(t *testing.T, d *Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := writeHTML(&b, d, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLFormat(t *testing.T) {
	t.Parallel()
	d := inCI(t, secretive())
	d.Context.Attach = func() Attachments {
		a := attached(7)()
		a.Timelines = timelines(t)
		return a
	}
	d.Report.Bundle = sample().Bundle
	page := writePage(t, d)
	golden(t, "checked.html", []byte(page))
	for _, want := range []string{
		sample().Cause.Summary, `<span class="mark" id="L7"><i>7</i>`, `<a href="#L7">round-0.log:7</a>`, "&lt;b&gt;…&lt;/b&gt;", `<a href="#L9">:9</a>`, `id="L9"`, `href="#first-0"`, "/…/params.bin", `class="missing"`, `class="dlopened"`, "round-0.log:4183",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, secret := range []string{"hunter22", "s3cr3t-value"} {
		if strings.Contains(page, secret) {
			t.Errorf("%q is published", secret)
		}
	}
	// Nothing is fetched: no address but those that texts speak of.
	if m := regexp.MustCompile(`(?i)src\s*=|href\s*=\s*[^"]|href="[^#]|url\(|@import|<link|<iframe`).FindString(page); m != "" {
		t.Errorf("the page refers to something else: %s", m)
	}
	// Every place that a link names is there, once.
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if n := strings.Count(page, ` id="`+m[1]+`"`); n != 1 {
			t.Errorf("%d places are called %s", n, m[1])
		}
	}
}

func TestHTMLFormatTriage(t *testing.T) {
	t.Parallel()
	fail := &diagnose.Verdict{Outcome: "failed", Cause: sample().Cause}
	page := writePage(t, &Document{Triage: NewTriage([]LogVerdict{{"a.log", fail}, {"b.log", fail}})})
	if !strings.Contains(page, "1 cause in 2 logs") {
		t.Error("the page does not count")
	}
}

// 400 libraries have a place each, and no column is longer than maxRows.
func TestHTMLFormatGraph(t *testing.T) {
	t.Parallel()
	d := inCI(t, secretive())
	a := attached(400)()
	// A cycle, and one that nothing asks for.
	a.Libraries[1].NeededBy = append(a.Libraries[1].NeededBy, a.Libraries[2].Path)
	a.Libraries = append(a.Libraries, TraceLibrary{Path: "/lib64/ld-linux-x86-64.so.2", InClosure: true})
	g := newGraph(d.Report, d.Problems(), a.Libraries)
	if len(g.Nodes) != 402 || g.Missing != 1 || g.Needed+g.Dlopened+g.Missing != 401 {
		t.Errorf("%d nodes: %d needed, %d dlopened, %d missing", len(g.Nodes), g.Needed, g.Dlopened, g.Missing)
	}
	seen := map[[2]int]string{}
	for _, n := range g.Nodes {
		at := [2]int{n.X, n.Y}
		if other, taken := seen[at]; taken {
			t.Errorf("%s lies on %s", n.Name, other)
		}
		seen[at] = n.Name
		if n.X+nodeWidth > g.Width || n.Y+nodeHeight > g.Height {
			t.Errorf("%s lies outside", n.Name)
		}
	}
	if most := 10 + maxRows*rowStep; g.Height > most {
		t.Errorf("height %d", g.Height)
	}
	if newGraph(d.Report, nil, nil) != nil {
		t.Error("a graph of nothing")
	}
}

func TestReadConsoleFormat(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	const lines = 5000
	for i := 1; i <= lines; i++ {
		fmt.Fprintf(&log, "line %d%s\n", i, strings.Repeat("x", i%7*1000))
	}
	n, err := CountLines(strings.NewReader(log.String()))
	if n != lines || err != nil {
		t.Fatalf("%d lines, %v", n, err)
	}
	got, err := ReadConsole(strings.NewReader(log.String()), n, map[int]bool{100: true, 4999: true})
	if err != nil {
		t.Fatal(err)
	}
	gaps, marked := 0, []int{}
	for _, l := range got {
		if l.N == 0 {
			gaps++
		}
		if l.Mark {
			marked = append(marked, l.N)
		}
		if len(l.Text) > maxColumns {
			t.Errorf("line %d has %d bytes", l.N, len(l.Text))
		}
	}
	if len(got) != 2*consoleAround+1+consoleEnd+gaps || gaps != 2 || fmt.Sprint(marked) != "[100 4999]" {
		t.Errorf("%d lines, %d gaps, marked %v", len(got), gaps, marked)
	}
}
