package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/docs/schemas"
	"github.com/nanodiag/nanodiag/internal/schematest"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// conforms is "conforms FILE": the document in FILE (or stdout) keeps to the shipped
// schema that it names, and has no field that the schema does not name.
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: conforms FILE")
	}
	text := ts.ReadFile(args[0])
	var head struct{ Schema string }
	ts.Check(json.Unmarshal([]byte(text), &head))
	schema, err := schemas.Get(head.Schema)
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	ts.Check(err)
	schematest.Close(doc)
	validateWith(ts, doc, text)
}

// keepsTo is "keepsto SCHEMA FILE": FILE keeps to a schema of internal/report/testdata.
func keepsTo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keepsto SCHEMA FILE")
	}
	b, err := os.ReadFile(filepath.Join(ts.Getenv("SCHEMAS"), args[0]))
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	ts.Check(err)
	validateWith(ts, doc, ts.ReadFile(args[1]))
}

func validateWith(ts *testscript.TestScript, schema any, text string) {
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("schema.json", schema))
	s, err := c.Compile("schema.json")
	ts.Check(err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	ts.Check(err)
	ts.Check(s.Validate(v))
}
