package loop

import (
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/report"
)

// hidden stands for the value of an environment variable: those may be secret, and a
// report is passed on.
const hidden = "…"

// envObject finds the beginning of the Env object of a configuration; Ops takes keys
// in any case. Misspellings and other tools' words for it count, which may be mended,
// and so does a list of NAME=VALUE.
var envObject = lazyregexp.New(`(?i)"(?:env\w*|\w?e\w?[nv]\w{0,2}|variables)"\s*:\s*[\[{]`)

// listPair matches NAME=VALUE in a list.
var listPair = lazyregexp.New(`("\w+=)(?:[^"\\]|\\.)*"`)

// stringPair matches a key and its string value within an object.
var stringPair = lazyregexp.New(`("(?:[^"\\]|\\.)*"\s*:\s*)"(?:[^"\\]|\\.)*"`)

// redact hides the values of the Env object in a configuration's text, and leaves
// every line where it is.
func redact(text []byte) []byte {
	at := envObject.Regexp().FindIndex(text)
	if at == nil {
		return text
	}
	end := at[1]
	for quoted := false; end < len(text) && (quoted || text[end] != '}' && text[end] != ']'); end++ {
		switch {
		case quoted && text[end] == '\\':
			end++
		case text[end] == '"':
			quoted = !quoted
		}
	}
	end = min(end, len(text))
	out := append([]byte{}, text[:at[1]]...)
	in := stringPair.Regexp().ReplaceAllFunc(text[at[1]:end], func(pair []byte) []byte {
		m := stringPair.Regexp().FindSubmatch(pair)
		if name, _, _ := strings.Cut(strings.TrimPrefix(string(m[1]), `"`), `"`); report.Plain(name) {
			return pair
		}
		return append(slices.Clone(m[1]), `"`+hidden+`"`...)
	})
	out = append(out, listPair.Regexp().ReplaceAll(in, []byte(`${1}`+hidden+`"`))...)
	return append(out, text[end:]...)
}
