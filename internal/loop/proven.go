package loop

import (
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/tracelog"
)

// step is one fix of a repair, with the runs before and after it.
type step struct {
	before, after *round
	bundle        bool // it brought a plan, not an edit of the configuration
	own           bool // the only change is what the cause of before names
}

// changed reports whether the program did anything else after the fix than before: it
// ended in another way, or printed something else. Numbers alone, such as times and
// addresses, count where the cause is another one too.
func (st step) changed() bool {
	a, b := st.before, st.after
	if a.outcome != b.outcome || a.run.timedOut != b.run.timedOut || a.run.started != b.run.started || !sameExit(a.exit, b.exit) {
		return true
	}
	x, y := a.run.log.Console, b.run.log.Console
	if slices.Equal(said(x, strings.TrimSpace), said(y, strings.TrimSpace)) {
		return false
	}
	p, q := a.verdict.Cause, b.verdict.Cause
	return p.ID != q.ID || p.Subject != q.Subject || !slices.Equal(said(x, blur), said(y, blur))
}

func said(lines []tracelog.Line, form func(string) string) []string {
	var out []string
	for _, l := range lines {
		if t := form(strings.TrimSpace(l.Text)); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// helped is the first step that changed what the program does; nil where none did.
func (s *session) helped() *step {
	for i := range s.steps {
		if s.steps[i].changed() {
			return &s.steps[i]
		}
	}
	return nil
}

// inVain reports a failure that no fix changed: what the fixes brought was not the
// cause, so the verdict is that of the last run.
func (s *session) inVain(notes []string, last *round) {
	v := last.verdict
	s.rep.Cause, s.rep.Findings, s.rep.Advice = v.Cause, v.Findings, v.Advice
	if len(s.rep.Findings) == 0 {
		s.rep.Findings = []diagnose.Finding{v.Cause}
	}
	s.rep.Advice = append(slices.Clone(s.rep.Advice), "tried: "+strings.ReplaceAll(strings.Join(notes, ", then "), " (which changed nothing)", "")+
		"; that changed nothing: the program prints the same, and ends in the same way")
}

// remedies reports whether a note is of the remedy for the cause itself.
func remedies(c diagnose.Finding, note string) bool {
	return c.Fix != nil && note == c.Fix.Summary || c.ID == "resource.disk-full" || c.ID == "env.missing-variable" || strings.HasPrefix(c.ID, "bad-lib.")
}

// proven reports whether a run that passed proves the cause of first, as the change
// that st made helped (nil: the plan, and nothing before it): it proves it where nothing
// else changed of what the failing run had asked for, or the failure speaks of it.
func proven(c diagnose.Finding, first *round, plan *bundler.Plan, st *step) bool {
	switch {
	case c.Tied, c.Confidence == diagnose.Certain, first.run.log.Lines == 0 && len(first.run.log.Events) == 0:
		return true // stated, or refused before anything ran
	case st != nil && !st.bundle:
		return st.own
	case plan == nil:
		return true
	}
	changed := changedFor(first, plan)
	for at := range changed {
		if !about(c.Subject, at) {
			return false
		}
	}
	return len(changed) > 0 || slices.ContainsFunc(plan.Entries, func(e bundler.Entry) bool { return about(c.Subject, e.To) })
}

// about reports whether two paths are of one thing: a library in any directory, a
// directory and what is in it.
func about(subject, at string) bool {
	subject = path.Join("/", subject)
	return path.Base(subject) == path.Base(at) || strings.HasPrefix(subject, at+"/") || strings.HasPrefix(at, subject+"/")
}

// changedFor is what a run asked for, and would find otherwise with the plan: what it
// lacked, the directory that it lacked for what it wanted to make there, and what the
// plan replaces. The loader's cache only says where the libraries are.
func changedFor(r *round, plan *bundler.Plan) map[string]bool {
	brought := map[string]bundler.Kind{}
	for _, e := range plan.Entries {
		if e.Kind == bundler.KindCache {
			continue
		}
		brought[e.To] = e.Kind
		if e.Kind == bundler.KindLibrary {
			brought[path.Base(e.To)] = e.Kind
		}
	}
	asked := map[string]bool{}
	for i := range r.run.log.Events {
		e := &r.run.log.Events[i]
		at := e.Abs
		if at == "" {
			at = path.Join("/", e.Path)
		}
		_, whole := brought[at]
		switch _, library := brought[path.Base(at)]; {
		case e.Path == "":
		case e.OK() && whole:
			asked[at] = true
		case e.Err != syscall.ENOENT && e.Err != syscall.ENOTDIR:
		case library:
			asked[path.Base(at)] = true
		case whole:
			asked[at] = true
		default:
			for up := path.Dir(at); up != "/"; up = path.Dir(up) {
				if brought[up] == bundler.KindDir {
					asked[up] = true
					break
				}
			}
		}
	}
	return asked
}
