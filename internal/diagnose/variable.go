package diagnose

import (
	"regexp"
	"strings"
)

// spokenVariables finds what the native run had in its environment and the guest has
// not, where the failing output names it and the native run's does not. A name that is
// computed, or stands in a script, is not in the program's file.
//
//	KeyError: 'APPKEY'
//	error: APPKEY is not set
//	process.env.APPKEY.length
func (r *run) spokenVariables() []candidate {
	if r.nativeFails() {
		return nil
	}
	decisive, _ := Decisive(r.words)
	native := string(r.in.NativeOutput)
	var out []candidate
	for _, name := range r.in.NativeEnv {
		if _, set := r.setup.cfg.Env[name]; set || len(name) < 3 || inherited.MatchString(name) || strings.ToUpper(name) == strings.ToLower(name) || contains(native, name) {
			continue
		}
		var spoken *regexp.Regexp
		for i := len(r.words) - 1; i >= r.firstWord(); i-- {
			text := r.words[i].Text
			if !strings.Contains(text, name) || r.saidNatively(text) || listing.MatchString(text) {
				continue
			}
			if spoken == nil {
				spoken = spokenAs(name)
			}
			if !spoken.MatchString(text) {
				continue
			}
			c := candidate{Finding: Finding{ID: idVariable, Subject: name, Evidence: r.wordEvidence(i), Tied: true,
				Summary: "the environment variable " + name + ", which the native run had, is not set in the guest"},
				points: 58, limit: Likely, order: len(r.words) - i}
			if looksBad(text) || r.words[i].N == decisive.N {
				c.points = 92
			}
			out = append(out, c)
			break
		}
	}
	return out
}

// spokenAs matches where a text means the variable: its name as a word, that is no
// part of a path or of a file's name. A word that messages use, or one in small
// letters, must be marked as a name.
func spokenAs(name string) *regexp.Regexp {
	q := regexp.QuoteMeta(name)
	marked := `["'\x60]` + q + `["'\x60]|\$\{?` + q + `\b|\benv(iron)?[.(\[]+["']?` + q + `\b|\b(getenv|ENV|environment variable|variable)\b[\s('"{\[]*` + q + `\b`
	if notVariables.MatchString(name) || strings.ToUpper(name) != name {
		return regexp.MustCompile(marked)
	}
	return regexp.MustCompile(marked + `|(^|[^\w/.-])` + q + `($|[^\w/.-]|\.?(\s|$))`)
}
