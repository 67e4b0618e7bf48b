package report

import "github.com/nanodiag/nanodiag/internal/diagnose"

// Cause is the long text of a cause id.
type Cause struct {
	Schema  string `json:"schema,omitempty"` // absent in a list
	ID      string `json:"id"`
	Layer   string `json:"layer"`   // what is at fault: the image, the configuration, the program …
	Meaning string `json:"meaning"` // one line
	Text    string `json:"text"`    // Markdown
}

// CauseList is all of them.
type CauseList struct {
	Schema string  `json:"schema"`
	Items  []Cause `json:"items"`
}

// NewCause puts a text into its document.
func NewCause(t diagnose.Text) Cause {
	return Cause{Schema: SchemaCause, ID: t.ID, Layer: string(t.Layer), Meaning: t.Meaning, Text: t.Body}
}

// Causes lists every cause id.
func Causes() CauseList {
	l := CauseList{Schema: SchemaCauseList, Items: []Cause{}}
	for _, id := range diagnose.IDs() {
		if t, ok := diagnose.Explain(id); ok {
			c := NewCause(t)
			c.Schema = ""
			l.Items = append(l.Items, c)
		}
	}
	return l
}
