package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Baseline is the problems of an earlier report: those are known, and fail nothing.
type Baseline map[string]bool // by Problem.key

// ReadBaseline reads a report or a triage that --json printed earlier.
func ReadBaseline(r io.Reader) (Baseline, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var head struct{ Schema string }
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, errors.New("not a JSON document; give a file that nanodiag wrote with --format json=FILE")
	}
	var d Document
	switch head.Schema {
	case SchemaReport:
		d.Report = &Report{}
		err = json.Unmarshal(b, d.Report)
	case SchemaTriage:
		d.Triage = &Triage{}
		err = json.Unmarshal(b, d.Triage)
	default:
		return nil, fmt.Errorf("schema %q is none of %s and %s; give a file that nanodiag wrote with --format json=FILE", head.Schema, SchemaReport, SchemaTriage)
	}
	if err != nil {
		return nil, err
	}
	known := Baseline{}
	for _, p := range d.Problems() {
		known[p.key] = true
	}
	return known, nil
}
