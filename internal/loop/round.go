package loop

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/hostroot"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/internal/symbolize"
	"github.com/nanodiag/nanodiag/strace"
)

// round is one run of the image and what was made of it.
type round struct {
	run     *guestRun
	outcome string
	exit    *report.Exit
	verdict *diagnose.Verdict
	like    likeness
}

// Limits of a guest run for which the user gave none: emulation without KVM costs
// a factor of 10 to 20 against the native run, booting about a second.
const (
	guestFloor  = 30 * time.Second
	guestFactor = 20
)

func (s *session) guestLimit() time.Duration {
	if s.opt.Timeout > 0 {
		return s.opt.Timeout
	}
	limit := guestFloor
	if s.nat != nil && s.nat.Result != nil {
		limit += guestFactor * s.nat.Result.Elapsed
	}
	return limit
}

// runName tells the runs of one diagnosis apart.
type runName struct {
	n         int // round
	again, of int // which of how many repetitions, from 0
	trial     int // of a minimisation, from 1
}

// file is the name of the run's log.
func (r runName) file(traced bool) string {
	name := fmt.Sprintf("round-%d", r.n)
	if r.again > 0 {
		name += fmt.Sprintf("-%d", r.again+1)
	}
	if r.trial > 0 {
		name += fmt.Sprintf("-without-%d", r.trial)
	}
	if !traced {
		name += "-untraced"
	}
	return name + ".log"
}

// words announce the run.
func (r runName) words(what string) string {
	switch {
	case r.trial > 0:
		return fmt.Sprintf("without %d", r.trial)
	case r.of > 1:
		return fmt.Sprintf("%s %d, %d of %d", what, r.n, r.again+1, r.of)
	}
	return fmt.Sprintf("%s %d", what, r.n)
}

// silentHint is how long Ops may say nothing before the user is told.
const silentHint = 20 * time.Second

// hintSilent says after a while that Ops prints nothing; the returned function calls
// it off.
func (s *session) hintSilent(log string) (stop func()) {
	if s.eng.name() != "ops" {
		return func() {}
	}
	t := time.AfterFunc(silentHint, func() {
		if info, err := os.Stat(log); err == nil && info.Size() == 0 {
			s.say.Hint("ops has printed nothing yet: it may wait for the network, where it looks for releases, or copy a large image; Ctrl-C ends it")
		}
	})
	return func() { t.Stop() }
}

// lastRound is the number of the last round that ran.
func (s *session) lastRound() int { return s.rep.Runs[len(s.rep.Runs)-1].Round }

// roundOf runs one image, and diagnoses the run.
func (s *session) roundOf(ctx context.Context, run runName, p ops.Project, traced bool) (*round, error) {
	n, name := run.n, run.file(traced)
	what := "guest run"
	switch {
	case !traced:
		what = "untraced"
	case s.eng.name() == "rehearse":
		what = "rehearsal"
	}
	s.say.Start(run.words(what))
	defer s.hintSilent(filepath.Join(s.dir, name))()
	g, err := s.eng.run(ctx, runSpec{
		project: p, traced: traced, limit: s.guestLimit(), log: filepath.Join(s.dir, name), proof: s.opt.Proof, ports: s.ports(),
	})
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	r := &round{run: g, exit: g.exit, like: s.like(g)}
	s.judge(r, p, n)
	s.rep.Runs = append(s.rep.Runs, report.Run{
		Engine: s.eng.name(), Round: n, Outcome: r.outcome, Exit: r.exit,
		Seconds: seconds(g.elapsed), Traced: traced, Log: s.short(filepath.Join(s.dir, name)),
	})
	s.rep.Incomplete = append(s.rep.Incomplete, g.incomplete...)
	how := g.exit.Words()
	switch {
	case g.proven && r.outcome == diagnose.OutcomeOK:
		how = s.opt.Proof.Words()
	case g.timedOut && r.outcome == diagnose.OutcomeOK:
		how = "still running, as natively"
	case g.timedOut:
		how = "still running at the time limit"
	case !g.started:
		how = "did not start"
	}
	s.say.Done("%s: %s after %.1f s", r.outcome, how, seconds(g.elapsed))
	return r, nil
}

// judge decides whether the run did what the native run did, and asks diagnose why
// where it did not.
func (s *session) judge(r *round, p ops.Project, n int) {
	s.diagnose(r, p, r.like.known && !r.like.same() && r.run.status != nil && *r.run.status == 0)
	r.outcome = r.verdict.Outcome
	switch {
	case !r.like.known:
	case r.like.same() && (r.run.proven || r.like.alone || !(n == 0 && s.nativeFails())):
		r.outcome = diagnose.OutcomeOK
		r.verdict.Cause = s.success(r)
		r.verdict.Findings = []diagnose.Finding{r.verdict.Cause}
		r.verdict.Advice = nil
	default:
		r.outcome = diagnose.OutcomeFailed
		if f, ok := s.refusal(r); ok {
			r.verdict.Cause, r.verdict.Findings = f, []diagnose.Finding{f}
		} else if strings.HasPrefix(r.verdict.Cause.ID, "none.") {
			r.verdict.Cause = s.silent(r)
			r.verdict.Findings = []diagnose.Finding{r.verdict.Cause}
		}
	}
}

// diagnose asks why the run failed. degraded says that it did although its status
// tells nothing of it.
func (s *session) diagnose(r *round, p ops.Project, degraded bool) {
	g := r.run
	view, _, err := ops.View(p)
	eff, _ := p.Config.ApplyFlags(p.Flags) // with the mounts and variables of the command line
	in := diagnose.Input{
		Guest: g.log, GuestSource: g.source, Engine: s.eng.name(), Status: g.status, TimedOut: g.timedOut, Degraded: degraded,
		Program: p.GuestProgram(), Args: p.GuestArgs()[1:], Config: eff, Table: s.opt.Table, Version: s.version,
		HostExists: existsIn(s.root()), NativeEnv: slices.Sorted(maps.Keys(s.natEnv)), ProgramHas: mentions(p),
	}
	if err == nil {
		in.GuestHas = func(path string) bool { _, _, err := view.Resolve(path); return err == nil }
	}
	if s.nat != nil {
		in.Native, in.NativeSource, in.Closure = s.nat.Events, s.nat.Source, s.nat.Closure
		in.NativeOutput = []byte(s.natOut)
		switch {
		case s.natCut:
			in.NativeExit = &strace.Exit{} // it was well when its time was over
		case s.opt.NativeLog == "":
			in.NativeExit = &s.nat.Result.Exit
		}
	}
	r.verdict = diagnose.Diagnose(in)
	if c := &r.verdict.Cause; c.ID == "ops.program-not-found" {
		// The program is there: that was checked first. Something else that the
		// configuration names is not.
		c.ID, c.Confidence = "ops.other", diagnose.Likely
		c.Summary = fmt.Sprintf("Ops does not find %s, which the configuration names", c.Subject)
	}
	s.obeyFilters(r.verdict, p, view)
	s.crash(r, p, view)
	r.lastWords()
	if degraded && r.verdict.Cause.ID == "unknown" {
		r.verdict.Cause = s.silent(r)
		r.verdict.Findings = []diagnose.Finding{r.verdict.Cause}
	}
}

// crash adds what the dump of a crash says in words.
func (s *session) crash(r *round, p ops.Project, view *guestfs.Tree) {
	c := r.run.log.Crash
	if c == nil || c.Kernel || c.RIP == 0 || view == nil {
		return
	}
	in := symbolize.Input{
		Crash: c, Events: r.run.log.Events, Program: p.GuestProgram(), ProgramHost: p.HostProgram(),
		Host: func(guest string) string {
			_, n, err := view.Resolve(guest)
			if err != nil {
				return ""
			}
			return n.Host
		},
	}
	if s.nat != nil {
		for _, l := range s.nat.Libs {
			in.Libraries = append(in.Libraries, l.Path)
		}
	}
	words, err := symbolize.Explain(in)
	if err != nil {
		s.incomplete("the crash dump in words: " + err.Error())
		return
	}
	r.verdict.AddCrash(r.run.source, c.Line, words)
}

// lastWords adds what the program said of its failure to the evidence: it is what the
// user saw.
func (r *round) lastWords() {
	if strings.HasPrefix(r.verdict.Cause.ID, "none.") {
		return
	}
	l, ok := diagnose.Decisive(r.run.log.Console)
	if !ok || slices.ContainsFunc(r.verdict.Cause.Evidence, func(e diagnose.Evidence) bool { return e.Line == l.N && e.Source == r.run.source }) {
		return
	}
	r.verdict.Cause.Evidence = append(r.verdict.Cause.Evidence, diagnose.Evidence{Source: r.run.source, Line: l.N, Text: "then it said: " + l.Text})
	if len(r.verdict.Findings) > 0 {
		r.verdict.Findings[0] = r.verdict.Cause
	}
}

// silent is the verdict on a run that ended well and did not do what the native run
// did: it printed something else, or a server ended.
func (s *session) silent(r *round) diagnose.Finding {
	f := diagnose.Finding{
		ID: "unknown", Confidence: diagnose.Possible, Evidence: []diagnose.Evidence{},
		Summary: "the program ends in the guest without an error, and does not print what it prints natively",
	}
	if p := s.opt.Proof; p.Wanted() {
		f.Summary = "the program does not get as far in the guest as natively, where it " + p.Words()
		if !s.natProven {
			f.Summary = "the program never " + p.Words() + ", not even natively"
		}
		return f
	}
	if s.natCut {
		f.Summary = "the program ends in the guest without an error; natively it keeps running"
		return f
	}
	f.Evidence = s.differing(r)
	return f
}

// differing shows in what the output of a run is not the native run's.
func (s *session) differing(r *round) []diagnose.Evidence {
	out := []diagnose.Evidence{}
	if l := r.like.missing; l != "" {
		out = append(out, diagnose.Evidence{Source: "native.out", Text: "only natively: " + l})
	}
	if l := r.like.extra; l != "" {
		out = append(out, diagnose.Evidence{Source: r.run.source, Text: "only in the guest: " + l})
	}
	return out
}

func existsIn(root hostroot.Root) func(p string) bool {
	return func(p string) bool {
		_, _, err := root.Lstat(p)
		return err == nil
	}
}

// nativeFails reports whether the native run failed, so that the unikernel need not
// be to blame.
func (s *session) nativeFails() bool {
	if s.nat == nil || s.opt.NativeLog != "" || s.natUnfit || s.natCut && !s.unproven() {
		return false
	}
	if s.unproven() {
		return true
	}
	e := s.nat.Result.Exit
	return e.Code != 0 || e.Signal != 0
}

// success is the verdict on a run that did what the native run did.
func (s *session) success(r *round) diagnose.Finding {
	name := filepath.Base(s.opt.Project.HostProgram())
	where := "in the guest"
	if s.eng.name() == "rehearse" {
		where = "in the rehearsed image"
	}
	f := diagnose.Finding{ID: "none.success", Confidence: diagnose.Certain, Evidence: []diagnose.Evidence{}}
	how := "it ends and prints as it does natively"
	switch {
	case r.run.proven:
		f.ID, how = "none.server-running", "it "+s.opt.Proof.Words()
		if s.natProven {
			how += ", as natively"
		}
	case r.run.timedOut:
		f.ID, how = "none.server-running", "it keeps running, as it does natively"
	case s.nat == nil || s.opt.NativeLog != "" || s.natUnfit:
		how = "it ends with status 0"
	case r.like.alone:
		f.Confidence = diagnose.Likely
		how = "it ends with status 0; the native run failed: " + report.NewExit(s.nat.Result.Exit).Words()
	case !r.like.exact():
		how = "it ends as it does natively; some of its output differs"
		f.Evidence = s.differing(r)
	}
	f.Summary = fmt.Sprintf("%s works %s: %s", name, where, how)
	if s.eng.name() == "rehearse" {
		f.Confidence = diagnose.Likely
	}
	return f
}

// take puts a verdict into the report.
func (s *session) take(v *diagnose.Verdict) {
	s.rep.Cause = v.Cause
	s.rep.Findings = v.Findings
	if len(s.rep.Findings) == 0 {
		s.rep.Findings = []diagnose.Finding{v.Cause}
	}
	s.rep.Suppressed = append(s.rep.Suppressed, v.Suppressed...)
	s.rep.Incomplete = append(s.rep.Incomplete, v.Incomplete...)
	s.rep.Advice = v.Advice
}

// refused reports a configuration that Ops would not even start from.
func (s *session) refused(i ops.Issue) diagnose.Finding {
	f := diagnose.Finding{
		ID: i.Code, Subject: i.Key, Confidence: diagnose.Likely, Summary: i.Message,
		Evidence: []diagnose.Evidence{},
	}
	if i.File != "" {
		f.Evidence = append(f.Evidence, diagnose.Evidence{Source: i.File, Line: i.Line, Text: i.Message})
	}
	if i.Hint != "" {
		f.Fix = &diagnose.Fix{Summary: i.Hint, ConfigPatch: []ops.PatchOp{}, Files: []diagnose.FileCopy{}}
	}
	s.rep.Outcome, s.rep.Cause, s.rep.Findings = diagnose.OutcomeFailed, f, []diagnose.Finding{f}
	s.incomplete("anything beyond this: the program cannot start from here")
	s.rep.Next = "read about it with:  nanodiag explain " + f.ID
	return f
}

// stay leaves a refused configuration as it is, and says what would change it.
func (s *session) stay(m *mending) {
	if m == nil || len(m.notes) == 0 {
		return
	}
	s.rep.Cause.Fix = m.proposed()
	s.rep.Findings[0] = s.rep.Cause
	if s.opt.NoFix && m.left == nil {
		s.rep.Next = "repair it with:  " + commandLine(repairCommand(s.opt.Command))
	}
}
