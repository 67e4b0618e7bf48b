package report

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// hiddenText stands for a secret.
const hiddenText = "…"

// minSecret is the length from which a value is taken for a secret: "1", "yes" or
// "-v" are none, and hiding them would tear holes into every sentence.
const minSecret = 4

// plainVariables hold paths and settings that every trace shows anyway.
var plainVariables = []string{
	"PATH", "HOME", "PWD", "USER", "SHELL", "TERM", "TZ", "LANG", "LANGUAGE", "TMPDIR",
	"LD_LIBRARY_PATH", "LD_PRELOAD", "LD_DEBUG", "LD_BIND_NOW",
	"PYTHONPATH", "PYTHONHOME", "PERL5LIB", "NODE_PATH", "RUBYLIB", "JAVA_HOME", "CLASSPATH",
}

// Plain reports whether a variable of this name holds what every trace shows anyway.
func Plain(name string) bool {
	return slices.Contains(plainVariables, name) || strings.HasPrefix(name, "LC_")
}

// Secrets collects from environment variables and arguments the values that formats
// for CI do not show: those are published, and kept for years.
func Secrets(env map[string]string, args []string) []string {
	var out []string
	add := func(s string) {
		// A program prints a value of several lines as such, and reports split them.
		for line := range strings.Lines(s) {
			if line = strings.TrimRight(line, "\r\n"); len(line) >= minSecret {
				out = append(out, line)
			}
		}
		if len(s) >= minSecret {
			out = append(out, s)
		}
	}
	for name, value := range env {
		if !Plain(name) {
			add(value)
		}
	}
	for _, a := range args {
		add(a)
		if _, value, ok := strings.Cut(a, "="); ok {
			add(value)
		}
	}
	// The longest first: a value may be part of another one.
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(out)
}

// hider returns what makes a text fit to be published: secrets are hidden, control
// characters escaped. A path that one of the problems is about stays, though an argument
// names it: without it the finding says nothing.
func (c Context) hider(about ...Problem) func(string) string {
	var hide []string
	for _, s := range c.Secrets {
		if !slices.ContainsFunc(about, func(p Problem) bool { return aboutPath(p.ID) && path.Base(s) == path.Base(p.Subject) }) {
			hide = append(hide, s)
		}
	}
	return func(text string) string {
		for _, s := range hide {
			text = hideWord(text, s)
		}
		return Escape(text)
	}
}

// aboutPath reports the causes whose subject is a file of the project.
func aboutPath(id string) bool {
	return strings.HasPrefix(id, "missing-") || strings.HasPrefix(id, "bad-") || id == "env.wrong-cwd"
}

// hide is p without secrets and control characters.
func (c Context) hide(p Problem) Problem {
	hide := c.hider(p)
	p.Subject, p.Summary, p.Help = hide(p.Subject), hide(p.Summary), hide(p.Help)
	evidence := make([]diagnose.Evidence, len(p.Evidence))
	for i, e := range p.Evidence {
		evidence[i] = diagnose.Evidence{Source: Escape(e.Source), Line: e.Line, Text: hide(e.Text)}
	}
	p.Evidence = evidence
	return p
}

// hideWord replaces s in text where it stands as a word of its own.
func hideWord(text, s string) string {
	var b strings.Builder
	for rest := text; ; {
		i := strings.Index(rest, s)
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after, _ := utf8.DecodeRuneInString(rest[i+len(s):])
		first, _ := utf8.DecodeRuneInString(s)
		last, _ := utf8.DecodeLastRuneInString(s)
		b.WriteString(rest[:i])
		if inWord(before) && inWord(first) || inWord(after) && inWord(last) {
			b.WriteString(s)
		} else {
			b.WriteString(hiddenText)
		}
		rest = rest[i+len(s):]
	}
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
