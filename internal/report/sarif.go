package report

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// SARIF 2.1.0 (OASIS), as far as code scanning reads it. A result points at the line
// of the configuration to change; log lines are related locations.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
	ColumnKind  string            `json:"columnKind"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string         `json:"id"`
	ShortDescription sarifText      `json:"shortDescription"`
	FullDescription  sarifText      `json:"fullDescription"`
	Help             sarifText      `json:"help"`
	HelpURI          string         `json:"helpUri"`
	Properties       map[string]any `json:"properties"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        Level              `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Related      []sarifLocation    `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Baseline     string             `json:"baselineState,omitempty"`
	Properties   map[string]any     `json:"properties"`
}

type sarifLocation struct {
	Message  *sarifText    `json:"message,omitempty"`
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI    string `json:"uri"`
	BaseID string `json:"uriBaseId,omitempty"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	homepage    = "https://github.com/nanodiag/nanodiag"

	// fingerprintName carries the number of the way in which fingerprints are made.
	fingerprintName = "nanodiag/v1"
)

// writeSARIF writes the problems for code scanning.
func writeSARIF(w io.Writer, d *Document, _ TextOptions) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "nanodiag", Version: d.Context.Version, InformationURI: homepage, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: true}},
		Results:     []sarifResult{},
		ColumnKind:  "utf16CodeUnits",
	}
	list := d.Problems()
	if d.Report != nil {
		hide := d.Context.hider(list...)
		for _, s := range d.Report.Incomplete {
			n := sarifNotification{"note", sarifText{Text: "not checked: " + hide(s)}}
			run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, n)
		}
	}
	index := map[string]int{}
	for _, p := range list {
		if _, ok := index[p.ID]; !ok {
			index[p.ID] = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(p))
		}
		run.Results = append(run.Results, d.sarifResult(p, index[p.ID]))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// sarifRuleOf describes a cause id in the words of nanodiag explain.
func sarifRuleOf(p Problem) sarifRule {
	text, ok := diagnose.Explain(p.ID)
	if !ok {
		text = diagnose.Text{ID: p.ID, Meaning: p.ID, Body: p.ID}
	}
	full := text.Section("What it means")
	if full == "" {
		full = text.Meaning
	}
	return sarifRule{
		ID: p.ID, ShortDescription: sarifText{Text: text.Meaning}, FullDescription: sarifText{Text: full},
		Help:       sarifText{Text: text.Body, Markdown: text.Body},
		HelpURI:    homepage + "/blob/main/internal/diagnose/texts/" + p.ID + ".md",
		Properties: map[string]any{"tags": []string{"nanos", string(text.Layer)}},
	}
}

func (d *Document) sarifResult(p Problem, rule int) sarifResult {
	r := sarifResult{
		RuleID: p.ID, RuleIndex: rule, Level: p.Level, Message: sarifText{Text: p.Message()},
		Fingerprints: map[string]string{fingerprintName: p.Fingerprint()},
		Properties:   map[string]any{"subject": p.Subject},
	}
	if p.Confidence != "" {
		r.Properties["confidence"] = p.Confidence
	}
	if p.Count > 0 {
		r.Properties["logs"] = p.Count
	}
	if p.File != "" {
		r.Locations = []sarifLocation{{Physical: sarifPlace(p.File, p.Line)}}
	}
	for _, e := range p.Evidence {
		if e.Source != "" {
			r.Related = append(r.Related, sarifLocation{Message: &sarifText{Text: e.Text}, Physical: sarifPlace(e.Source, e.Line)})
		}
	}
	a := d.Context.accepted(p)
	if a.Reason != "" {
		r.Suppressions = []sarifSuppression{{"external", Escape(a.Reason)}}
	}
	if a.Known {
		r.Baseline = "unchanged"
	}
	return r
}

// sarifPlace is a place in a file: relative to the repository where it lies in it.
func sarifPlace(file string, line int) sarifPhysical {
	p := sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Path: path.Clean(filepath.ToSlash(file))}).String(), BaseID: "%SRCROOT%"}}
	if strings.HasPrefix(file, "/") {
		p.Artifact = sarifArtifact{URI: (&url.URL{Scheme: "file", Path: file}).String()}
	}
	if line > 0 {
		p.Region = &sarifRegion{line}
	}
	return p
}
