package loop

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/owner"
	"github.com/nanodiag/nanodiag/internal/report"
)

// repair applies one fix a round to a copy until the program works, no fix is left,
// or a fix changed nothing.
//
// The first fix is the whole plan: everything the native run used and the image
// lacks. The failing run alone cannot find that set, since it stops at its first
// missing file.
func (s *session) repair(ctx context.Context, res *Result, view *guestfs.Tree, plan *bundler.Plan, first *round) error {
	return s.repairFrom(ctx, res, view, plan, s.newDraft(), nil, first, first)
}

// repairFrom goes on from the run last of a draft to which notes were applied.
func (s *session) repairFrom(ctx context.Context, res *Result, view *guestfs.Tree, plan *bundler.Plan, draft *draft, notes []string, first, last *round) error {
	for n := 1; n <= s.opt.MaxRounds && last.outcome != diagnose.OutcomeOK; n++ {
		before, bundle, lacked := last, draft.plan, s.lacked
		note, err := s.nextFix(draft, plan, view, last, n)
		if err != nil {
			return err
		}
		if note == "" {
			break
		}
		notes = append(notes, note)
		p, err := draft.project()
		if err != nil {
			return err
		}
		if last, err = s.rounds(ctx, s.lastRound()+1, p, true); err != nil {
			return err
		}
		st := step{before: before, after: last, bundle: draft.plan != bundle}
		st.own = !st.bundle && (s.lacked != lacked || remedies(before.verdict.Cause, note))
		s.steps = append(s.steps, st)
		if !st.changed() {
			notes[len(notes)-1] += " (which changed nothing)"
		}
	}
	return s.finish(ctx, res, draft, notes, first, last)
}

// finish confirms a repair, reports it, and applies it where that was asked for.
func (s *session) finish(ctx context.Context, res *Result, draft *draft, notes []string, first, last *round) error {
	s.rep.Outcome, s.rep.Exit = last.outcome, last.exit
	res.TimedOut = last.run.timedOut && last.outcome != diagnose.OutcomeOK
	worked := last.outcome == diagnose.OutcomeOK
	whole := draft.plan
	if worked && s.opt.Minimise && whole != nil {
		least, err := s.minimise(ctx, draft, last)
		if err != nil {
			return err
		}
		last = least
	}
	if worked && s.eng.name() == "ops" {
		if err := s.confirmDraft(ctx, draft); err != nil {
			return err
		}
		if s.rep.Outcome != diagnose.OutcomeOK && draft.plan != whole {
			// Tracing may have hidden what the smaller bundle lacks.
			s.rep.Minimised = nil
			if err := draft.shrink(whole, filepath.Join(s.dir, "bundle-whole")); err != nil {
				return err
			}
			if err := s.confirmDraft(ctx, draft); err != nil {
				return err
			}
		}
		worked = s.rep.Outcome == diagnose.OutcomeOK
	}
	if m := s.rep.Minimised; worked && m != nil && m.Entries > 0 {
		notes = append(notes, fmt.Sprintf("dropping %s of it that proved unneeded", report.Count(m.Entries, "entry", "entries")))
	}
	if worked && !last.like.exact() {
		for _, e := range s.differing(last) {
			s.incomplete("why some of the output differs from the native run's: " + e.Text)
		}
	}
	s.conclude(res, draft, notes, first, last, worked)
	if worked && s.opt.Write {
		switch err := draft.write(); {
		case errors.Is(err, errChanged):
			s.incomplete("applying the fix: " + err.Error())
		case err != nil:
			return err
		default:
			res.Written = true
			s.rep.Config.Written = true
		}
	}
	s.next(res, draft)
	if worked {
		p, err := draft.project()
		if err != nil {
			return err
		}
		s.cloud(p, s.short(draft.file))
	}
	return nil
}

// cloud lists the commands that bring a working project to a cloud platform, as they
// are to be typed once the fix is written.
func (s *session) cloud(p ops.Project, file string) {
	if s.opt.Cloud == "" {
		return
	}
	c := &report.Cloud{Platform: s.opt.Cloud, Lacks: ops.CloudLacks(p, s.opt.Cloud)}
	content := map[string]string{}
	for _, m := range s.opt.NativeMounts {
		content[m.Guest] = s.short(m.Host)
	}
	for _, argv := range ops.Cloud(p, file, s.opt.Cloud, content) {
		c.Commands = append(c.Commands, commandLine(argv))
		if i := slices.Index(argv, "-d"); i > 0 && argv[1] == "volume" && argv[i+1] == ops.VolumeContent {
			s.rep.Advice = append(s.rep.Advice, fmt.Sprintf("%s stands for the directory with what the volume %s is to hold: without one it would be empty; --native-mount DIR:/PATH names it",
				ops.VolumeContent, argv[3]))
		}
	}
	s.rep.Cloud = c
}

// nextFix puts the next fix into the draft and says what it is; "" when none is left.
func (s *session) nextFix(d *draft, plan *bundler.Plan, view *guestfs.Tree, last *round, n int) (string, error) {
	if n == 1 && plan != nil && len(plan.Entries) > 0 {
		return "adding " + s.bundleOf(plan, d).Counts(), d.setBundle(plan, filepath.Join(s.dir, "bundle"))
	}
	c := last.verdict.Cause
	// A library that is in the image and was looked for elsewhere lies in the wrong
	// place for this program, as plugins do that are found beside the library that
	// loads them: try where it lies on the host.
	if d.plan != nil && !d.options.KeepPaths && (strings.HasPrefix(c.ID, "missing-lib.") || misplaced(last, d.plan)) {
		d.options.KeepPaths = true
		return s.replan(d, view, "keeping every library at its host path", "bundle-paths")
	}
	if c.ID == "resource.disk-full" && c.Subject == "/" {
		note, patch, err := s.roomFix(d, view)
		if err != nil {
			return "", err
		}
		if changed, err := d.edit(patch); err != nil || changed {
			return note, err
		}
	}
	if strings.HasPrefix(c.ID, "bad-lib.") {
		if note, err := s.otherBuilds(d, view); note != "" || err != nil {
			return note, err
		}
	}
	if f := c.Fix; f != nil && len(f.ConfigPatch) > 0 && !d.applied[f.Summary] {
		changed, err := d.edit(f.ConfigPatch)
		if err != nil {
			return "", err
		}
		if d.applied == nil {
			d.applied = map[string]bool{}
		}
		d.applied[f.Summary] = true
		if changed {
			return f.Summary, nil
		}
	}
	if note, err := s.lackingEnv(d, last); note != "" || err != nil {
		return note, err
	}
	if list := s.freezable(); plan != nil && len(d.options.IncludeFrozen) == len(s.opt.Bundle.IncludeFrozen) && len(list) > 0 && perhapsFrozen(c.ID) {
		d.options.IncludeFrozen = append(slices.Clone(s.opt.Bundle.IncludeFrozen), list...)
		note := fmt.Sprintf("frozen copies of %s of /sys and /proc, which describe this machine as it is now", report.Count(len(list), "file", "files"))
		return s.replan(d, view, note, "bundle-frozen")
	}
	if strings.HasPrefix(c.ID, "missing-") || vague[c.ID] {
		return s.realProgram(d)
	}
	return "", nil
}

// replan makes the plan again with the draft's options, and stages it in dir.
func (s *session) replan(d *draft, view *guestfs.Tree, note, dir string) (string, error) {
	plan, err := s.plan(view, d.options)
	if err != nil {
		return "", err
	}
	return note, d.setBundle(plan, filepath.Join(s.dir, dir))
}

// misplaced reports whether the guest looked in vain for a library that the bundle
// holds at another path, and never found it:
//
//	openat(-100, "/lib64/pocl/libpocl-devices-basic.so", …) = -ENOENT
func misplaced(r *round, plan *bundler.Plan) bool {
	bundled := map[string]bool{}
	for _, e := range plan.Entries {
		if e.Kind == bundler.KindLibrary {
			bundled[path.Base(e.To)] = true
		}
	}
	failed := map[string]bool{}
	for i := range r.run.log.Events {
		e := &r.run.log.Events[i]
		base := path.Base(e.Path)
		switch {
		case !bundled[base] || !strings.HasPrefix(e.Name, "open"):
		case e.OK():
			delete(failed, base)
			bundled[base] = false
		case e.Err == syscall.ENOENT:
			failed[base] = true
		}
	}
	return len(failed) > 0
}

// freezable lists the files under /sys and /proc that the native run read and Nanos
// does not serve, but for those about the process itself: a copy of them would be
// about another one.
func (s *session) freezable() []string {
	var out []string
	if s.nat == nil {
		return nil
	}
	for _, f := range s.nat.Facts.Files {
		p := f.Path
		about := strings.HasPrefix(p, "/sys/") || strings.HasPrefix(p, "/proc/")
		if !about || s.opt.Table.Registers(p, s.version) || ofProcess(p) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// ofProcess reports /proc/self, /proc/thread-self and /proc/PID.
func ofProcess(p string) bool {
	rest, ok := strings.CutPrefix(p, "/proc/")
	if !ok {
		return false
	}
	first, _, _ := strings.Cut(rest, "/")
	return first == "self" || first == "thread-self" || (first != "" && strings.Trim(first, "0123456789") == "")
}

// perhapsFrozen reports whether a cause may come from a missing description of the
// machine: pocl without a CPU topology says "Not enough memory to run on this
// device". Where the evidence names a system call or a process, it does not.
func perhapsFrozen(id string) bool {
	for _, not := range []string{"process.", "syscall.", "kernel.", "network.", "missing-lib.", "bad-lib.", "env."} {
		if strings.HasPrefix(id, not) {
			return false
		}
	}
	return true
}

// confirmDraft is confirm for a repaired image.
func (s *session) confirmDraft(ctx context.Context, d *draft) error {
	p, err := d.project()
	if err != nil {
		return err
	}
	return s.confirm(ctx, p)
}

// confirm runs a working image once more without tracing, which changes timing and
// output.
func (s *session) confirm(ctx context.Context, p ops.Project) error {
	n := s.lastRound()
	r, err := s.rounds(ctx, n, p, false)
	if err != nil {
		return err
	}
	s.rep.Outcome, s.rep.Exit = r.outcome, r.exit
	if r.outcome != diagnose.OutcomeOK {
		if n == 0 {
			s.take(r.verdict)
		}
		s.incomplete("why the run without tracing failed where the traced one passed: it is likely a matter of timing; see " + s.rep.Runs[len(s.rep.Runs)-1].Log)
	}
	return nil
}

// conclude says in the report what the fixes did.
func (s *session) conclude(res *Result, d *draft, notes []string, first, last *round, worked bool) {
	st := s.helped()
	if !worked && len(s.steps) > 0 && st == nil && s.steps[0].before == first {
		s.inVain(notes, last)
		return
	}
	if st != nil && s.steps[0].before == first {
		first = st.before // what was tried before it changed nothing
	}
	cause := first.verdict.Cause
	if worked && d.plan != nil && (st == nil || st.bundle) {
		cause = s.named(cause, first, d.plan)
	}
	if worked && s.lacked != "" && first.verdict.Cause.ID == cause.ID && (strings.HasPrefix(cause.ID, "program.") || cause.ID == "unknown") {
		cause = diagnose.Finding{ID: "env.missing-variable", Subject: s.lacked, Confidence: diagnose.Likely, Tied: true, Evidence: cause.Evidence,
			Summary: "the environment variable " + s.lacked + ", which the native run had, is not set in the guest"}
	}
	gone := worked || last.verdict.Cause.ID != cause.ID || last.verdict.Cause.Subject != cause.Subject
	if len(notes) > 0 && gone {
		if worked && s.eng.name() == "ops" && proven(cause, first, d.plan, st) {
			cause.Confidence = diagnose.Certain
		} else if cause.Confidence == diagnose.Certain || worked {
			cause.Confidence = diagnose.Likely
		}
		n := len(s.rep.Runs) - s.nativeRuns()
		runs := report.Count(n, "guest run", "guest runs")
		if s.eng.name() == "rehearse" {
			runs = report.Count(n, "rehearsal", "rehearsals")
		}
		tail := fmt.Sprintf("; %s, the last one passed", runs)
		if n == 1 {
			tail = fmt.Sprintf("; %s, which passed", runs)
		}
		if !worked {
			tail = "; the program gets further, and fails for another reason"
		}
		cause.Fix = &diagnose.Fix{
			Summary: strings.Join(notes, ", then ") + tail, ConfigPatch: append([]ops.PatchOp{}, redactPatch(d.patch)...), Files: d.files(), Verified: gone,
		}
	}
	res.Repaired = worked
	if worked {
		s.rep.Advice = nil // it was for the image that failed
	}
	s.rep.Cause = cause
	s.rep.Findings = []diagnose.Finding{cause}
	if !worked && len(notes) > 0 && gone {
		left := last.verdict.Cause
		s.rep.Findings = append(s.rep.Findings, left)
		s.rep.Remaining = &left
		s.rep.Advice = last.verdict.Advice
	} else if len(first.verdict.Findings) > 1 && !worked {
		s.rep.Findings = append(s.rep.Findings, first.verdict.Findings[1:]...)
	}
	if len(notes) > 0 && gone {
		s.rep.Config = &report.Change{File: s.short(d.file), New: d.isNew, Diff: ops.Diff(s.short(d.file), redact(d.original), redact(d.final))}
		if d.plan != nil {
			s.rep.Bundle = s.listing(d.plan, d)
			if worked {
				s.rep.Bundle.Unasked = unasked(d.plan, last)
			}
		}
	}
}

// vague are the verdicts that name no cause outside the program. A bundle that cured
// such a failure knows better.
var vague = map[string]bool{"unknown": true, "program.exit-nonzero": true, "program.signal-self": true, "program.segfault": true}

// named replaces a vague verdict by the last look-up that failed in the guest and
// that the bundle answers.
func (s *session) named(c diagnose.Finding, first *round, plan *bundler.Plan) diagnose.Finding {
	if !vague[c.ID] {
		return c
	}
	kinds := map[string]bundler.Kind{}
	for _, e := range plan.Entries {
		kinds[e.To] = e.Kind
		if e.Kind == bundler.KindLibrary {
			kinds[path.Base(e.To)] = e.Kind
		}
	}
	events := first.run.log.Events
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if e.Err != syscall.ENOENT {
			continue
		}
		asked := e.Abs
		if asked == "" {
			asked = path.Join("/", e.Path)
		}
		kind, ok := kinds[asked]
		if !ok {
			if kind, ok = kinds[path.Base(asked)]; !ok || kind != bundler.KindLibrary {
				continue
			}
		}
		f := diagnose.Finding{ID: "missing-data.file", Subject: e.Path, Confidence: diagnose.Likely, Summary: e.Path + " is not in the image"}
		switch kind {
		case bundler.KindLibrary:
			f.ID = "missing-lib.dlopen-path"
		case bundler.KindDir:
			f.ID = "missing-data.directory"
		}
		f.Evidence = append([]diagnose.Evidence{{Source: first.run.source, Line: e.Line, Text: fmt.Sprintf("%s(%q) = -ENOENT", e.Name, e.Path)}}, c.Evidence...)
		return f
	}
	return c
}

func (s *session) nativeRuns() int {
	n := 0
	for _, r := range s.rep.Runs {
		if r.Engine == "native" {
			n++
		}
	}
	return n
}

// bundleOf lists a plan for the report.
func (s *session) bundleOf(plan *bundler.Plan, d *draft) *report.Bundle {
	b := &report.Bundle{Dir: s.short(d.bundleDir), Size: plan.Size, Entries: []report.BundleEntry{}, Dropped: []report.Dropped{}}
	for _, e := range plan.Entries {
		b.Entries = append(b.Entries, report.BundleEntry{
			To: e.To, From: e.From, Link: e.Link, Kind: string(e.Kind), Size: e.Size, Why: e.Why, AskedBy: e.AskedBy, AskedAs: e.AskedAs, Family: e.Family,
		})
	}
	for _, x := range plan.Dropped {
		b.Dropped = append(b.Dropped, report.Dropped{Path: x.Path, Reason: x.Reason})
	}
	return b
}

// listing is bundleOf with what costs more to know: who owns the files, and what other
// inputs may load.
func (s *session) listing(plan *bundler.Plan, d *draft) *report.Bundle {
	b := s.bundleOf(plan, d)
	var from []string
	for _, e := range b.Entries {
		if e.From != "" {
			from = append(from, e.From)
		}
	}
	owners := owner.Find(s.root().FS, from)
	for i := range b.Entries {
		b.Entries[i].Package = owners[b.Entries[i].From]
	}
	b.Families = families(plan)
	return b
}

func families(plan *bundler.Plan) []report.Family {
	var out []report.Family
	for _, f := range plan.Families() {
		out = append(out, report.Family(f))
	}
	return out
}

// preview shows what would be added, where nothing is repaired.
func (s *session) preview(plan *bundler.Plan) {
	if plan == nil || len(plan.Entries) == 0 {
		return
	}
	d := s.newDraft()
	s.rep.Bundle = s.listing(plan, d)
	s.rep.Next = "repair it with:  " + commandLine(repairCommand(s.opt.Command))
}

// next says which command to type now.
func (s *session) next(res *Result, d *draft) {
	words := slices.Clone(s.opt.Command)
	if len(words) > 1 { // before a "--", after which words are the program's
		words = slices.Insert(words, 2, "--write")
	}
	switch {
	case res.Written:
		s.rep.Next = "run it with:  " + d.opsCommand()
	case res.Repaired && s.rep.Config != nil:
		s.rep.Next = "apply it with:  " + commandLine(words)
	case s.rep.Remaining != nil:
		s.rep.Next = "read about it with:  nanodiag explain " + s.rep.Remaining.ID
	case s.rep.Cause.ID != "unknown":
		s.rep.Next = "read about it with:  nanodiag explain " + s.rep.Cause.ID
	}
}
