package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

// enosysWords are the texts of ENOSYS in C, Node, Rust and Python.
var enosysWords = lazyregexp.New(`(?i)function not implemented|\bENOSYS\b|code: 38\b|errno 38\b|os error 38\b|\b(?:errno|error|err|code|rc|ret)\W{1,3}38\b`)

// pointsUnnamed is taken off a message that does not name its subject: another line
// of the same message may.
const pointsUnnamed = 6

// pointsBothSay is taken off what both runs complain of, where both fail.
const pointsBothSay = 10

// givenToGuest: causes that lie in what a guest is given; where the native run complains
// of the same, it is none of them.
func givenToGuest(id string) bool {
	return strings.HasPrefix(id, "env.missing-variable") || strings.HasPrefix(id, "missing-") || strings.HasPrefix(id, "bad-")
}

// judgeWords turns the last words into candidates.
func (r *run) judgeWords(suspects []access) []candidate {
	var out []candidate
	seen := map[string]bool{}
	for i := len(r.words) - 1; i >= r.firstWord(); i-- {
		l := r.words[i]
		if tolerated.MatchString(l.Text) && !r.fatalLine(i) || r.coped(i) {
			continue
		}
		outlived := r.outlived(i)
		low := strings.ToLower(l.Text)
		natively := r.saidNatively(l.Text)
		for k, rule := range wordRules {
			if !mayMatch(wordNeedles()[k], low) {
				continue
			}
			if natively && !r.nativeFails() || rule.id == idVariable && listing.MatchString(l.Text) {
				continue
			}
			m := rule.re.FindStringSubmatch(l.Text)
			if m == nil {
				continue
			}
			id, subject := rule.id, ""
			switch {
			case rule.judge != nil:
				id, subject = rule.judge(r, m, i)
			case rule.subject != nil:
				subject = rule.subject(r, m, i)
			default:
				subject = firstGroup(m)
			}
			if id == "" || natively && givenToGuest(id) || seen[id+"\x00"+subject] || id == idVariable && listing.MatchString(l.Text) {
				continue
			}
			if coveredBy(suspects, id, subject) || r.contradicts(id) {
				continue
			}
			seen[id+"\x00"+subject] = true
			points := rule.points
			if subject == "" {
				points -= pointsUnnamed
			}
			c := candidate{Finding: Finding{ID: id, Subject: strings.TrimSpace(subject), Evidence: r.wordEvidence(i)},
				points: points, limit: rule.limit, stated: rule.stated, order: len(r.words) - i}
			c.Tied = !strings.HasPrefix(id, "program.")
			c.Summary = sentence(rule.summary, id, c.Subject)
			switch {
			case r.nativeFails() && strings.HasPrefix(id, "program."):
				c.points += 40
			case natively && !ofProgram(id):
				c.points, c.limit, c.stated = c.points-pointsBothSay, Possible, false
			}
			if (outlived || strings.HasSuffix(strings.TrimRight(l.Text, ")."), "?")) && !ofProgram(id) {
				c.limit, c.stated = Possible, false // the program went on, or asks itself
			}
			out = append(out, c)
		}
	}
	return out
}

// sentence is a summary with its subject; where none is known, with what the cause is
// about in general, or without.
func sentence(summary, id, subject string) string {
	if subject != "" {
		return strings.TrimSpace(fmt.Sprintf(summary, subject))
	}
	for _, end := range []string{": %s", " (%s)", " %s"} {
		if s, ok := strings.CutSuffix(summary, end); ok && (end != " %s" || strings.HasSuffix(s, "in the guest")) {
			return s
		}
	}
	summary = subjectOf.Regexp().ReplaceAllString(summary, "$1")
	about := "something that the program asks for"
	for _, k := range kindOf {
		if strings.HasPrefix(id, k.id) {
			about = k.name
			break
		}
	}
	return strings.Join(strings.Fields(strings.NewReplacer(" (%s)", "", " with %s()", "", ": %s", "", "%s", about).Replace(summary)), " ")
}

// subjectOf: "the library %s" is the library without it.
var subjectOf = lazyregexp.New(`\b(library|plugin|package|directory|feature|symbol|variable|port) %s`)

// kindOf says what the causes are about whose messages may not name it.
var kindOf = []struct{ id, name string }{
	{"missing-data.runtime-files", "a file of its own"},
	{"missing-data.", "a file that the program asks for"},
	{"missing-lib.", "a library"},
	{"bad-lib.", "a library"},
	{"syscall.", "a system call that the program makes"},
	{"network.dns", "a host name"},
	{"network.", "a host"},
}

const idVariable = "env.missing-variable"

// listing is a line that shows how things are set, or says to a runtime's installer what
// might be, and is no complaint about a variable:
//
//	  PYTHONHOME = (not set)
//	Consider setting $PYTHONHOME to <prefix>[:<exec_prefix>]
var listing = lazyregexp.New(`^[\w. ]+ = |^Consider setting \$PYTHONHOME`)

// ofProgram reports causes that are the program's own, and hold natively as well.
func ofProgram(id string) bool {
	return strings.HasPrefix(id, "program.") || id == "env.missing-arguments"
}

// saidNatively reports whether the native run printed the line as well; numbers may
// differ. Such words prove nothing about the guest: not that it lacks something, and
// where both runs fail, no more than that the program does.
func (r *run) saidNatively(text string) bool {
	if r.nativeLines == nil {
		r.nativeLines = map[string]bool{}
		for _, l := range strings.Split(string(r.in.NativeOutput), "\n") {
			r.nativeLines[numbers.Regexp().ReplaceAllString(strings.TrimSpace(uncoloured(l)), "0")] = true
		}
		for _, l := range r.native.printed() {
			if text := numbers.Regexp().ReplaceAllString(l.text, "0"); !l.cut {
				r.nativeLines[text] = true
			} else if len(text) >= minBeginning {
				r.nativeBeginnings = append(r.nativeBeginnings, text)
			}
		}
		delete(r.nativeLines, "")
	}
	text = numbers.Regexp().ReplaceAllString(text, "0")
	if r.nativeLines[text] {
		return true
	}
	for _, b := range r.nativeBeginnings {
		if strings.HasPrefix(text, b) {
			return true
		}
	}
	return false
}

// minBeginning is how much of a line that strace cut must be known.
const minBeginning = 16

var numbers = lazyregexp.New(`[0-9]+`)

// homeVariable is the variable that names a runtime's home directory.
func homeVariable(_ *run, m []string, _ int) string {
	name := strings.ToUpper(firstGroup(m))
	if name == "PYTHON" {
		return "PYTHONHOME"
	}
	return name + "_HOME"
}

// firstWord is where the last words begin: far enough back for a traceback, and not
// before words of success that were followed by further output.
func (r *run) firstWord() int {
	const tail = 60
	return max(0, len(r.words)-tail)
}

// fatalLine: a line that begins like a note ("note: run with …") may still be the
// loader's statement; nothing else of a tolerated line counts.
func (r *run) fatalLine(i int) bool {
	return strings.Contains(r.words[i].Text, "error while loading shared libraries") || strings.Contains(r.words[i].Text, "panicked at")
}

// coveredBy: an access of the trace says the same and knows more than the message.
func coveredBy(suspects []access, id, subject string) bool {
	if id != "missing-data.file" && !strings.HasPrefix(id, "missing-lib.dlopen-") && id != "missing-data.argument-file" && id != "missing-lib.search-path" {
		return false
	}
	for _, a := range suspects {
		if subject == "" || a.path == subject || path.Base(pathKey(a.path)) == path.Base(pathKey(subject)) {
			return true
		}
	}
	return false
}

// errnoOf are the errors without which a cause cannot be.
var errnoOf = map[string][]syscall.Errno{
	"resource.disk-full":  {syscall.ENOSPC, syscall.EDQUOT},
	"network.port-in-use": {syscall.EADDRINUSE},
	"process.kill-other":  {syscall.ESRCH, syscall.EPERM},
}

// contradicts reports whether the trace has no error that would have to be in it: then
// the program guesses in its message.
func (r *run) contradicts(id string) bool {
	errs, ok := errnoOf[id]
	// A rehearsal's record leaves writes out, a trace up to 0.1.50 the results of calls that block.
	if !ok || r.log.Format != tracelog.FormatNew || r.log.Dropped > 0 || r.cutOff() || r.in.Engine == "rehearse" {
		return false
	}
	for i := range r.log.Events {
		if slices.Contains(errs, r.log.Events[i].Err) {
			return false
		}
	}
	return true
}

func (r *run) wordEvidence(i int) []Evidence {
	return []Evidence{r.lineEvidence(r.words[i])}
}

func (r *run) lineEvidence(l tracelog.Line) Evidence {
	return Evidence{Source: r.in.GuestSource, Line: l.N, Text: l.Text}
}

func firstGroup(m []string) string {
	for _, g := range m[1:] {
		if g != "" {
			return g
		}
	}
	return ""
}

func fixed(s string) func(*run, []string, int) string {
	return func(*run, []string, int) string { return s }
}
