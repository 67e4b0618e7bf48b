package report

import (
	"bytes"
	"encoding/xml"
	"testing"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

func TestJUnitFormat(t *testing.T) {
	t.Parallel()
	fail := &diagnose.Verdict{Outcome: "failed", Cause: sample().Cause}
	good := &diagnose.Verdict{Outcome: "ok", Cause: diagnose.Finding{ID: "none.success", Summary: "it works"}}
	accept := func(d *Document) *Document {
		d.Context.Ignore = []IgnoreRule{{ID: "missing-lib.dlopen-soname", Subject: "*", Reason: "optional GPU path"}}
		return d
	}
	strict := inCI(t, secretive())
	strict.Context.FailOn = LevelWarning
	never := inCI(t, secretive())
	never.Context.FailOn = LevelNone
	for _, c := range []struct {
		name                   string
		doc                    *Document
		tests, failed, skipped int
	}{
		{"checked.junit.xml", inCI(t, secretive()), 5, 2, 1},
		{"fail on warning", strict, 5, 3, 1},
		{"fail on none", never, 5, 0, 1},
		{"accepted.junit.xml", accept(inCI(t, secretive())), 5, 1, 2},
		{"findings", inCI(t, stuck()), 2, 2, 0},
		{"one accepted", accept(inCI(t, stuck())), 2, 1, 1},
		{"clean", inCI(t, &Report{Outcome: "ok", Cause: good.Cause}), 1, 0, 0},
		{"triage", &Document{Triage: NewTriage([]LogVerdict{{"a.log", fail}, {"b.log", fail}, {"c\x00.log", good}})}, 3, 2, 0},
	} {
		var b bytes.Buffer
		if err := writeJUnit(&b, c.doc, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if c.name[len(c.name)-4:] == ".xml" {
			golden(t, c.name, b.Bytes())
		}
		var got junitSuites
		if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		failed, skipped, names := 0, 0, map[string]bool{}
		for _, tc := range got.Suites[0].Cases {
			if names[tc.Name] {
				t.Errorf("%s: two test cases are called %q", c.name, tc.Name)
			}
			names[tc.Name] = true
			if tc.Failure != nil {
				failed++
			}
			if tc.Skipped != nil {
				skipped++
			}
		}
		for what, n := range map[string][3]int{
			"tests": {c.tests, got.Tests, len(names)}, "failures": {c.failed, got.Failures, failed}, "skipped": {c.skipped, got.Skipped, skipped},
		} {
			if n[0] != n[1] || n[0] != n[2] {
				t.Errorf("%s: %s: want %d, the attribute says %d, counted %d", c.name, what, n[0], n[1], n[2])
			}
		}
	}
}
