package ops

import (
	"fmt"
	"strings"
)

// Severity says what Ops makes of an Issue.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"   // Ops refuses, crashes, or QEMU does not start
	Warning Severity = "warning" // Ops goes on, and the guest is not what was meant
	Note    Severity = "note"    // worth knowing
)

// Issue is one complaint about the config, the flags or the files they name. It is
// a finding about the user's project, not an error of this package.
type Issue struct {
	Code     string // cause id, such as "ops.config-unknown-key"
	Severity Severity
	File     string // config file as named by the user; "" when it is about a flag
	Line     int    // 1-based; 0 when unknown
	Col      int    // 1-based, in bytes
	Key      string // subject: a dotted key ("RunConfig.Memory"), or a path
	Near     string // the right key, dotted, where one is close; "" otherwise
	Message  string // one sentence: what is wrong
	Hint     string // what to do; "" when there is nothing to add
	Mends    []Mend // changes that remove it, the likeliest reading first; none where what was meant is not plain
}

// String is one line: "config.json:3:5: message; hint".
func (i Issue) String() string {
	var b strings.Builder
	if i.File != "" {
		b.WriteString(i.File)
		if i.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", i.Line, i.Col)
		}
		b.WriteString(": ")
	}
	b.WriteString(i.Message)
	if i.Hint != "" {
		b.WriteString("; " + i.Hint)
	}
	return b.String()
}

// Refused returns the first Issue at which Ops stops, if there is one.
func Refused(issues []Issue) (Issue, bool) {
	for _, i := range issues {
		if i.Severity == Error {
			return i, true
		}
	}
	return Issue{}, false
}
