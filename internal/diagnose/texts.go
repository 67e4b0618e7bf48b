package diagnose

import (
	"embed"
	"strings"
)

// One file per cause id: what it means, how to see it, what to do, versions.
//
//go:embed texts/*.md
var textFiles embed.FS

// Text is the long explanation of one cause id.
type Text struct {
	ID      string
	Layer   Layer
	Meaning string // one line, lower case, no full stop
	Body    string // Markdown; opens with "# ID"
}

// Explain returns the long text of a cause id; ok is false for an unknown id.
func Explain(id string) (text Text, ok bool) {
	c, ok := lookup(id)
	if !ok {
		return Text{}, false
	}
	body, err := textFiles.ReadFile("texts/" + id + ".md")
	if err != nil {
		return Text{}, false
	}
	return Text{ID: c.id, Layer: c.layer, Meaning: c.meaning, Body: string(body)}, true
}

// Section returns the paragraph under one of the text's headings ("What to do"),
// or "" when there is none.
func (t Text) Section(heading string) string {
	_, rest, found := strings.Cut(t.Body, "## "+heading+"\n")
	if !found {
		return ""
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	return strings.TrimSpace(section)
}
