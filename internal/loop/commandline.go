package loop

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/report"
)

// commandLine is a command as it is typed into a POSIX shell. Values of environment
// variables may be secret: "${NAME:?}" stands for them, which the shell fills in where
// the variable is exported, and else refuses, naming it. So a command that is copied
// from a report never runs with something else in the value's place.
func commandLine(words []string) string {
	out := make([]string, len(words))
	own := false // the program's arguments, after "--"
	for i, w := range words {
		flag, pair := "", ""
		switch {
		case own || w == "--":
			own = true
		case i > 0 && (words[i-1] == "-e" || words[i-1] == "--envs"):
			pair = w
		case strings.HasPrefix(w, "--envs="):
			flag, pair = "--envs=", w[len("--envs="):]
		case strings.HasPrefix(w, "-e") && len(w) > 2 && w[2] != '-':
			flag, pair = "-e", w[2:]
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok || value == "" || report.Plain(name) {
			out[i] = quoted(w)
			continue
		}
		if !shellName.MatchString(name) {
			out[i] = quoted(flag + name + "=VALUE")
			continue
		}
		out[i] = flag + name + `="${` + name + `:?}"`
	}
	return strings.Join(out, " ")
}

// shellName matches the names that a shell's variables may have.
var shellName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoted quotes a word for a POSIX shell where it needs that.
func quoted(w string) string {
	if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return w
}
