package diagnose

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// rustMessage is the panic's message: the line after the place, or the rest of it.
func rustMessage(r *run, m []string, i int) string {
	if strings.HasSuffix(strings.TrimSpace(m[1]), ":") && i+1 < len(r.words) {
		return r.words[i+1].Text
	}
	return m[1]
}

func cppMessage(r *run, m []string, i int) string {
	for _, l := range r.words[i:] {
		if _, what, ok := strings.Cut(l.Text, "what():"); ok {
			return strings.TrimSpace(what)
		}
	}
	return r.words[i].Text
}

// procTerms: what programs read from /proc and /dev, by the words they use for it.
var procTerms = []struct {
	re   *lazyregexp.Regexp
	path string
}{
	{lazyregexp.New(`Vm(RSS|Peak|Size|HWM)`), "/proc/self/status"},
	{lazyregexp.New(`(?i)bogomips|model name|cpu model`), "/proc/cpuinfo"},
	{lazyregexp.New(`(?i)load ?average|loadavg`), "/proc/loadavg"},
	{lazyregexp.New(`(?i)\buptime\b`), "/proc/uptime"},
	{lazyregexp.New(`(?i)entropy`), "/dev/random"},
	{lazyregexp.New(`(?i)mount table|mountinfo`), "/proc/self/mountinfo"},
}

// procWords guesses the file from the value that the program could not get.
func procWords(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	if r.traced() || !looksBad(text) {
		return "", ""
	}
	for _, t := range procTerms {
		if t.re.MatchString(text) {
			return "missing-data.procfs", t.path
		}
	}
	return "", ""
}

// exceptionLine: a bare "Error: …" is anybody's; with a class name, or with the frames
// of a trace below it, it is a runtime's.
func exceptionLine(r *run, m []string, i int) (id, subject string) {
	if strings.HasPrefix(m[1], "Error:") && (i+1 >= len(r.words) || !strings.HasPrefix(r.words[i+1].Text, "at ")) {
		return "", ""
	}
	return "program.exception", m[1]
}
