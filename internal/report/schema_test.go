package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/nanodiag/nanodiag/docs/schemas"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/schematest"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// closedSchema compiles a shipped schema that admits no field which it does not name:
// readers must put up with new fields, but what is printed must be documented.
func closedSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	text, err := schemas.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	schematest.Close(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// validate checks a document as it is printed.
func validate(t *testing.T, schema *jsonschema.Schema, v any) error {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, v); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}

// Every schema is one by its own draft's rules, and names the document it is for.
func TestSchemasFormat(t *testing.T) {
	t.Parallel()
	want := map[string]string{"deps": SchemaDeps, "deps-list": SchemaDepsList, "doctor": SchemaDoctor, "report": SchemaReport, "trace": SchemaTrace, "triage": SchemaTriage, "version": SchemaVersion, "cause": SchemaCause, "cause-list": SchemaCauseList}
	names := schemas.Names()
	if len(names) != len(want) {
		t.Errorf("schemas %v, want %d of them", names, len(want))
	}
	for _, n := range names {
		closedSchema(t, n)
		var s struct {
			Properties struct {
				Schema struct{ Const string }
			}
		}
		text, _ := schemas.Get(want[n])
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		if s.Properties.Schema.Const != want[n] {
			t.Errorf("%s: for %q, want %q", n, s.Properties.Schema.Const, want[n])
		}
	}
	if _, err := schemas.Get("nonsense"); err == nil {
		t.Error("a schema that is not there: no error")
	}
}

func TestReportSchemaFormat(t *testing.T) {
	t.Parallel()
	schema := closedSchema(t, "report")
	bare := &Report{Schema: SchemaReport, Outcome: "unknown", Cause: diagnose.Finding{ID: "unknown"}, Remaining: &diagnose.Finding{ID: "unknown", Fix: &diagnose.Fix{}}, Bundle: &Bundle{}}
	for name, r := range map[string]*Report{
		"repaired": sample(), "stuck": stuck(), "checked": checked(), "every list nil": bare,
		"verdict": FromVerdict(&diagnose.Verdict{Outcome: "unknown", Cause: diagnose.Finding{ID: "unknown"}}),
	} {
		if err := validate(t, schema, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, spoil := range map[string]func(*Report){
		"outcome":   func(r *Report) { r.Outcome = "maybe" },
		"exit":      func(r *Report) { r.Exit = &Exit{} },
		"cause id":  func(r *Report) { r.Cause.ID = "" },
		"check":     func(r *Report) { r.Checks = []Check{{Status: "fine"}} },
		"file kind": func(r *Report) { r.Bundle.Entries[0].Kind = "socket" },
	} {
		r := sample()
		spoil(r)
		if err := validate(t, schema, r); err == nil {
			t.Errorf("%s: a wrong report passes the schema", name)
		}
	}
}

func TestTriageSchemaFormat(t *testing.T) {
	t.Parallel()
	v := &diagnose.Verdict{Outcome: "failed", Cause: sample().Cause}
	doc := NewTriage([]LogVerdict{{"a.log", v}, {"b.log", v}, {"c.log", &diagnose.Verdict{Outcome: "ok", Cause: diagnose.Finding{ID: "none.success"}}}})
	if err := validate(t, closedSchema(t, "triage"), doc); err != nil {
		t.Error(err)
	}
}
