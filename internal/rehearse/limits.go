package rehearse

import _ "embed"

// Limits lists what a rehearsal cannot show, in Markdown: docs/rehearsal-limits.md.
//
//go:embed limits.md
var Limits string
