package loop

import (
	"slices"
	"strings"
)

// preflightFlags are those that diagnose does not have; each takes a value.
var preflightFlags = []string{"--fail-on", "--ignore", "--baseline"}

// repairCommand is the words of a preflight as those of the diagnose that repairs what
// it found.
func repairCommand(words []string) []string {
	out := slices.Clone(words)
	if i := slices.Index(out, "preflight"); i >= 0 {
		out[i] = "diagnose"
	}
	for i := 0; i < len(out) && out[i] != "--"; {
		name, _, joined := strings.Cut(out[i], "=")
		switch {
		case !slices.Contains(preflightFlags, name):
			i++
		case joined || i+1 == len(out):
			out = slices.Delete(out, i, i+1)
		default:
			out = slices.Delete(out, i, i+2)
		}
	}
	return out
}
