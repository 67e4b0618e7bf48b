// Package loop closes the circle: it runs a program natively, plans what the image
// lacks, runs the image as the user configured it, names the cause of its failure,
// applies the fix to a copy, and runs again, until the program works or the next
// cause has no automatic fix.
//
// Data goes one way through it: a Project and Options come in; native, bundler, an
// engine (internal/ops or internal/rehearse), tracelog and diagnose each turn the
// last stage's result into the next one's input; a report.Report comes out. All
// that a diagnosis writes lies in its run directory, unless Options.Write is set.
package loop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
)

// Options says what to diagnose and how.
type Options struct {
	Project ops.Project
	Issues  []ops.Issue // of the configuration's text
	Table   *nanos.Table

	Engine    string        // auto, ops, rehearse
	MaxRounds int           // fixes to try; 0 for DefaultRounds
	Timeout   time.Duration // of each run; 0: the native run has none, the guest gets a multiple of its time
	Proof     Proof         // what shows that a server works; it ends a run before its limit
	NoNative  bool

	// NativeMounts show directories of this host at paths where the guest mounts volumes,
	// to the native run alone.
	NativeMounts []strace.Mount

	NativeLog string // strace(1) log to use in place of a native run
	RunDir    string // parent of the run directory; "" for .nanodiag in the working directory
	Confirm   bool   // a last run without tracing even when round 0 worked
	Repeat    int    // run each image so often, for failures that come and go; 0 and 1 once
	Cloud     string // platform of Ops for which to print the commands; "" none
	Minimise  bool   // drop from the bundle what the program works without
	Write     bool   // apply the fix to the user's project
	Bundle    bundler.Options
	Command   []string // the user's own words, for the command to type next
	NoFix     bool     // preflight: stop after round 0
	Checks    bool     // preflight: list what was checked
}

// DefaultRounds bounds how many fixes are tried.
const DefaultRounds = 6

// Progress is told what is being done. Start announces a step, Done ends it.
type Progress interface {
	Start(step string)
	Done(format string, args ...any)
	Hint(text string) // something worth knowing while a step is under way; called from any goroutine
}

// Result is a report and what the exit code depends on.
type Result struct {
	Report      *report.Report
	NativeFails bool // the program fails natively in the same way
	Repaired    bool // a fix was seen to work
	Written     bool // and was applied to the user's project
	TimedOut    bool // the time limit ended a run, and nothing else was found
}

// session is one diagnosis under way.
type session struct {
	opt     Options
	say     Progress
	dir     string // the run directory
	version string // Nanos version
	eng     engine
	nat     *native.Run
	natOut  string // what the native run printed
	natCut  bool   // the native run was ended by its time limit, or after its proof

	natProven bool         // Options.Proof was seen natively
	natOpen   map[int]bool // ports on which it accepted a connection
	natLocal  []int        // of these, those that only this host itself reaches

	// natUnfit: the native run failed for want of what only the guest has, a mounted
	// volume; it shows what the program loads, and is no measure of success.
	natUnfit bool

	natEnv map[string]string
	steps  []step             // what the repair tried
	lacked string             // the variable that was set although the failure did not name it; "" none
	other  []diagnose.Finding // causes of repeated runs beside the one that is shown
	rep    *report.Report
}

// Run diagnoses one program. The error is about nanodiag's own work; whatever the
// program or its configuration do wrong is in the Result.
func Run(ctx context.Context, opt Options, say Progress) (*Result, error) {
	s, err := start(opt, say)
	if err != nil {
		return nil, err
	}
	res, err := s.run(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	s.addOther()
	s.rep.Incomplete = unique(s.rep.Incomplete)
	res.Report = s.rep
	if err := s.save(); err != nil {
		return nil, err
	}
	return res, nil
}

func start(opt Options, say Progress) (*session, error) {
	if opt.MaxRounds == 0 {
		opt.MaxRounds = DefaultRounds
	}
	parent := opt.RunDir
	if parent == "" {
		parent = filepath.Join(opt.Project.Cwd, ".nanodiag")
	}
	ops.Sweep(opt.Project.Home, parent)
	dir, err := newRunDir(parent, time.Now())
	if err != nil {
		return nil, err
	}
	if opt.RunDir == "" {
		_ = os.Chmod(parent, 0o700) // an older one, or a umask's; what is in it is private anyway
	}
	s := &session{opt: opt, say: say, dir: dir, version: nanosVersion(opt)}
	s.rep = &report.Report{
		Schema: report.SchemaReport, Program: filepath.Clean(opt.Project.HostProgram()), Outcome: diagnose.OutcomeUnknown,
		Findings: []diagnose.Finding{}, Suppressed: []diagnose.Suppressed{}, Runs: []report.Run{}, Incomplete: []string{},
		RunDir: shortPath(opt.Project.Cwd, dir),
	}
	return s, nil
}

func nanosVersion(opt Options) string {
	e, _ := opt.Project.Config.ApplyFlags(opt.Project.Flags)
	for _, v := range []string{e.NanosVersion, opt.Project.NanosVersion} {
		if v != "" {
			return v
		}
	}
	return opt.Table.Latest()
}

func (s *session) run(ctx context.Context) (*Result, error) {
	view, issues, err := ops.View(s.opt.Project)
	if err != nil {
		return nil, err
	}
	var mended *mending
	var refused *round
	if bad, ok := s.stopped(issues); ok {
		refused = refusedRound(s.refused(bad))
		m, v, now, err := s.mend(bad, issues)
		if err != nil {
			return nil, err
		}
		if m == nil || m.left != nil || s.opt.NoFix {
			s.stay(m)
			return &Result{}, nil
		}
		mended, view, issues = m, v, now
		s.rep.Incomplete, s.rep.Next = []string{}, ""
	}
	if err := s.native(ctx); err != nil {
		return nil, err
	}
	var plan *bundler.Plan
	if s.nat != nil {
		if plan, err = s.plan(view, s.opt.Bundle); err != nil {
			return nil, err
		}
	}
	if s.opt.Checks {
		s.rep.Checks = s.checkList(ctx, view, plan, append(s.opt.Issues, issues...))
	}
	if s.eng, err = s.pick(); err != nil {
		return s.noEngine(plan, err)
	}
	first, err := s.rounds(ctx, 0, s.opt.Project, true)
	if errors.Is(err, rehearse.ErrUnavailable) {
		return s.noEngine(plan, fmt.Errorf("%w: %w", errNoEngine, err))
	}
	if err != nil {
		return nil, err
	}
	if first.verdict.Cause.ID == "ops.kernel-not-available" && s.opt.Engine == "auto" && s.noRelease() && rehearseUsable() == nil {
		s.incomplete("a run on the real kernel: Ops has no Nanos release and could not download one; the image was rehearsed on this host's kernel (get one with: ops update)")
		s.eng = rehearsal{table: s.opt.Table, version: s.version, mounts: s.opt.NativeMounts}
		if first, err = s.rounds(ctx, 0, s.opt.Project, true); err != nil {
			return nil, err
		}
	}
	s.rep.Outcome, s.rep.Exit = first.outcome, first.exit
	s.fromRoot(first.verdict)
	s.take(first.verdict)
	if s.opt.Checks {
		s.rep.Checks = append(settled(s.rep.Checks, first.outcome), s.runCheck(first))
	}
	res := &Result{TimedOut: first.run.timedOut && first.outcome != diagnose.OutcomeOK}
	if mended != nil {
		return res, s.repairMended(ctx, res, view, plan, mended, refused, first)
	}
	lacks := plan != nil && len(plan.Entries) > 0
	switch {
	case first.outcome == diagnose.OutcomeOK && !first.like.exact() && lacks && !s.natCut && s.natOut != "":
		return res, s.differs(ctx, res, view, plan, first)
	case first.outcome == diagnose.OutcomeOK:
		s.stale(plan)
		s.cloud(s.opt.Project, s.opt.Project.Flags.Config)
		if s.opt.Confirm || s.opt.Repeat > 1 && s.eng.name() == "ops" {
			return res, s.confirm(ctx, s.opt.Project)
		}
		return res, nil
	case s.nativeFails() && (first.like.ended || s.unproven()):
		res.NativeFails = true
		return res, nil
	case s.opt.NoFix && !s.lostByRoot(first.verdict):
		s.preview(plan)
		return res, nil
	case s.opt.NoFix:
		return res, nil
	}
	m, v, err := s.mendWarnings(issues)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return res, s.repair(ctx, res, view, plan, first)
	}
	view = v
	if plan != nil {
		if plan, err = s.plan(view, s.opt.Bundle); err != nil {
			return nil, err
		}
	}
	last, err := s.rounds(ctx, 1, s.opt.Project, true)
	if err != nil {
		return nil, err
	}
	return res, s.repairMended(ctx, res, view, plan, m, first, last)
}

// stale warns of a bundle that is not what the host has now. The image works, but it
// is not the program that was built last.
func (s *session) stale(plan *bundler.Plan) {
	_, key := earlierBundle(s.opt.Project)
	if key == "" || plan == nil || len(plan.Entries) == 0 {
		return
	}
	s.rep.Advice = append(s.rep.Advice, fmt.Sprintf("the bundle is older than this host's files: %s, such as %s; bring it up to date with nanodiag bundle and the same arguments",
		report.Count(len(plan.Entries), "entry", "entries"), plan.Entries[0].To))
}

// differs handles a run that ended as natively, printed something else, and lacked
// files that the native run used: it may have gone on without them and done less.
// The files are brought; if the output then comes closer to the native run's, they
// were the cause, else the difference is the machine's own.
func (s *session) differs(ctx context.Context, res *Result, view *guestfs.Tree, plan *bundler.Plan, first *round) error {
	suspect := *first
	s.diagnose(&suspect, s.opt.Project, true)
	suspect.outcome = diagnose.OutcomeFailed
	suspect.verdict.Cause.Evidence = append(suspect.verdict.Cause.Evidence, s.differing(first)...)
	if s.opt.NoFix {
		suspect.verdict.Cause.Confidence = diagnose.Possible
		s.rep.Outcome = suspect.outcome
		s.take(suspect.verdict)
		s.preview(plan)
		return nil
	}
	d := s.newDraft()
	note := "adding " + s.bundleOf(plan, d).Counts()
	if err := d.setBundle(plan, filepath.Join(s.dir, "bundle")); err != nil {
		return err
	}
	p, err := d.project()
	if err != nil {
		return err
	}
	now, err := s.rounds(ctx, 1, p, true)
	if err != nil {
		return err
	}
	if now.outcome != diagnose.OutcomeOK || !now.like.better(first.like) {
		s.rep.Outcome, s.rep.Exit = first.outcome, first.exit
		return nil
	}
	return s.finish(ctx, res, d, []string{note}, &suspect, now)
}

// stopped finds the first reason for which nothing can start: the program's own
// file, the configuration, or what it names.
func (s *session) stopped(view []ops.Issue) (ops.Issue, bool) {
	if bad, ok := checkProgram(s.opt.Project); ok {
		return bad, true
	}
	if s.opt.Project.Cwd == "/" && s.opt.Engine != "rehearse" {
		return ops.Issue{Code: "ops.other", Severity: ops.Error, Key: "/",
			Message: "Ops does not work from / as the working directory: it stores the libraries at wrong paths",
			Hint:    "change to another directory first, such as cd /tmp"}, true
	}
	if s.opt.Engine == "rehearse" {
		view = s.withoutVolumes(view)
	}
	return ops.Refused(append(s.opt.Issues, view...))
}

// fromRoot gives a library that the image lacks its remedy where Ops lost it: called
// from /, Ops cuts the first letter off the path of every library below it.
func (s *session) fromRoot(v *diagnose.Verdict) {
	if !s.lostByRoot(v) {
		return
	}
	v.Cause.Fix = &diagnose.Fix{Summary: "change to another working directory first, such as cd /tmp: called from /, Ops stores the libraries at wrong paths",
		ConfigPatch: []ops.PatchOp{}, Files: []diagnose.FileCopy{}}
	if len(v.Findings) > 0 {
		v.Findings[0] = v.Cause
	}
	v.Advice = nil
}

func (s *session) lostByRoot(v *diagnose.Verdict) bool {
	return s.opt.Project.Cwd == "/" && strings.HasPrefix(v.Cause.ID, "missing-lib.")
}

// withoutVolumes sets aside complaints about volumes that are not on this host and whose
// content --native-mount names: a rehearsal in CI has no Ops and none of its volumes. At
// any other Ops stops, whatever this host has at the mount point.
func (s *session) withoutVolumes(issues []ops.Issue) []ops.Issue {
	stands := map[string]bool{}
	volumes := ops.Volumes(s.opt.Project)
	for _, v := range volumes {
		stands[v.Label] = !v.Ambiguous && slices.ContainsFunc(s.opt.NativeMounts, func(m strace.Mount) bool { return path.Clean(m.Guest) == v.Path })
	}
	var out []ops.Issue
	for _, i := range issues {
		switch {
		case i.Code != "ops.volume-not-found":
		case stands[i.Key]:
			s.incomplete("volume " + i.Key + ": " + i.Message + "; the rehearsal mounts what --native-mount names")
			continue
		default:
			for _, v := range volumes {
				if v.Label == i.Key && !v.Ambiguous {
					i.Hint += fmt.Sprintf("; or, to rehearse without it, say what it will hold: --native-mount DIR:%s", v.Path)
				}
			}
		}
		out = append(out, i)
	}
	return out
}

// plan compares the native run with the image.
func (s *session) plan(view *guestfs.Tree, opt bundler.Options) (*bundler.Plan, error) {
	p := s.opt.Project
	s.say.Start("plan")
	earlier, key := earlierBundle(p)
	if key != "" {
		// Planned as if it were not there, so that what changed on the host since
		// it was made is seen.
		bare := p
		bare.Config = without(p.Config, key)
		var err error
		if view, _, err = ops.View(bare); err != nil {
			return nil, err
		}
	}
	root, program, dir := nativeRoot(p)
	plan, err := bundler.New(bundler.Input{
		Host: root.FS, HostRoot: root.Dir, Guest: view, Program: p.GuestProgram(), HostProgram: program,
		Closure: s.nat.Closure, Facts: withWalked(s.nat.Facts, s.nat.Events, dir), Env: p.GuestEnv(), HostEnv: s.natEnv, Cwd: "/", HostCwd: dir,
		Table: s.opt.Table, Version: s.version, Options: opt,
	})
	if err != nil {
		return nil, fmt.Errorf("plan the bundle: %w", err)
	}
	if key != "" {
		if plan, err = plan.Since(earlier); err != nil {
			return nil, err
		}
	}
	for _, x := range plan.Dropped {
		if !utf8.ValidString(x.Path) { // no fix of ours can help, and the log calls it absent
			s.incomplete(fmt.Sprintf("the image with %q in it: it %s", x.Path, x.Reason))
		}
	}
	for _, u := range plan.Unresolved {
		name := u.Name
		if len(u.NeededBy) > 0 {
			name += ", needed by " + strings.Join(u.NeededBy, ", ")
		}
		s.incomplete(fmt.Sprintf("%s: the guest's loader will not find it even with the bundle (%s)", name, orElse(u.Reason, "it is nowhere on this host")))
	}
	n := 0
	for _, e := range plan.Entries {
		if e.Kind == bundler.KindLibrary {
			n++
		}
	}
	s.say.Done("the image lacks %s and %s, %s", report.Count(n, "library", "libraries"),
		report.Count(len(plan.Entries)-n, "other path", "other paths"), report.Size(plan.Size))
	return plan, nil
}

// save keeps the report with the rest of the run.
func (s *session) save() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "report.json"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	if err := report.JSON(f, s.rep); err != nil {
		f.Close()
		return fmt.Errorf("keep the report: %w", err)
	}
	return f.Close()
}
