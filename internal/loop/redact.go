package loop

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
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
	in := stringPair.Regexp().ReplaceAll(text[at[1]:end], []byte(`${1}"`+hidden+`"`))
	out = append(out, listPair.Regexp().ReplaceAll(in, []byte(`${1}`+hidden+`"`))...)
	return append(out, text[end:]...)
}

// redactCommand hides the values of -e NAME=VALUE in a command line.
func redactCommand(words []string) []string {
	out := append([]string{}, words...)
	for i, w := range out {
		switch {
		case w == "--": // the program's own arguments follow
			return out
		case (w == "-e" || w == "--envs") && i+1 < len(out):
			out[i+1] = redactPair("", out[i+1])
		case strings.HasPrefix(w, "--envs="):
			out[i] = redactPair("--envs=", w[len("--envs="):])
		case strings.HasPrefix(w, "-e") && len(w) > 2 && w[2] != '-':
			out[i] = redactPair("-e", w[2:])
		}
	}
	return out
}

func redactPair(prefix, pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok || value == "" {
		return prefix + pair
	}
	return prefix + name + "=" + hidden
}
