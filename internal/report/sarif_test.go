package report

import (
	"bytes"
	"os"
	"testing"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// officialSARIF is the schema that OASIS publishes (testdata/NOTICE).
func officialSARIF(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSARIFFormat(t *testing.T) {
	t.Parallel()
	schema := officialSARIF(t)
	fail := &diagnose.Verdict{Outcome: "failed", Cause: sample().Cause}
	accepted := inCI(t, secretive())
	accepted.Context.Ignore = []IgnoreRule{{ID: "missing-lib.dlopen-soname", Subject: "libnuma.so.1", Reason: "optional"}}
	accepted.Context.Baseline = Baseline{"syscall.needs-klib memfd_create": true}
	noConfig := inCI(t, stuck())
	noConfig.Context.File, noConfig.Context.Log = "", "/var/log/odd name %.log"
	for _, c := range []struct {
		name   string
		doc    *Document
		golden bool
	}{
		{"checked.sarif", inCI(t, secretive()), true},
		{"accepted.sarif", accepted, false},
		{"nothing.sarif", inCI(t, &Report{Outcome: "ok", Cause: diagnose.Finding{ID: "none.success"}}), true},
		{"no configuration", noConfig, false},
		{"triage", &Document{Triage: NewTriage([]LogVerdict{{"a.log", fail}, {"b.log", fail}})}, false},
		{"unknown id", inCI(t, &Report{Outcome: "failed", Cause: diagnose.Finding{ID: "no-such.id", Summary: "s"}}), false},
	} {
		var b bytes.Buffer
		if err := writeSARIF(&b, c.doc, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if c.golden {
			golden(t, c.name, b.Bytes())
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		// The schema must be able to object.
		runs := doc.(map[string]any)["runs"].([]any)
		runs[0].(map[string]any)["columnKind"] = "bytes"
		if schema.Validate(doc) == nil {
			t.Errorf("%s: a wrong document passes", c.name)
		}
	}
}
