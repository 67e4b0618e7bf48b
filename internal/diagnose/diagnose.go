package diagnose

import (
	"strings"

	"github.com/nanodiag/nanodiag/tracelog"
)

// maxFindings bounds what a verdict lists beside the cause; the rest is doubt.
const maxFindings = 6

// maxSuppressed bounds the list of what was set aside; a loader search alone gives
// dozens of look-ups.
const maxSuppressed = 300

// Diagnose finds the cause of a run. It never fails: where the evidence does not
// decide, the cause is "unknown" and Advice says what to record next.
func Diagnose(in Input) *Verdict {
	if in.Guest == nil {
		in.Guest = &tracelog.Log{}
	}
	r := newRun(in)
	v := r.judge()
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Evidence == nil {
			f.Evidence = []Evidence{}
		}
		f.Fix = r.fix(*f)
		f.Fingerprint = r.fingerprint(*f)
	}
	v.Cause = v.Findings[0]
	v.Exit = r.exit()
	r.remark(v)
	return v
}

// judge asks the judges in order of authority.
func (r *run) judge() *Verdict {
	// 1. Nobody ran: Ops, QEMU or the boot loader says why.
	if r.log.End == tracelog.EndNotStarted || len(r.log.Events) == 0 && len(r.log.Kernel) == 0 && r.log.Crash == nil {
		if c, ok := r.judgeRefusal(); ok {
			return r.verdict(OutcomeFailed, []candidate{c}, nil)
		}
	}
	if r.foreign() && (r.binary() || !r.statesError() && !r.wordsAccuse()) {
		return r.verdict(OutcomeUnknown, nil, nil)
	}
	// 2. The kernel states the cause.
	if c, ok := r.judgeKernel(); ok {
		return r.verdict(OutcomeFailed, []candidate{c}, nil)
	}
	// 3. Did it work?
	outcome, why, sure := r.judgeOutcome()
	if outcome == OutcomeOK {
		return r.success(why, sure)
	}
	if outcome == OutcomeUnknown && sure && !r.hangs() && !r.wordsAccuse() {
		if r.underWay() {
			return r.verdict(outcome, nil, nil)
		}
		v := r.success(why, false)
		if r.log.Torn { // cut off while it spoke
			v.Outcome = OutcomeUnknown
		}
		return v
	}
	// 4. Weigh what failed, what was said and how it ended.
	suspects, aside := r.suspects()
	calls, quiet := r.judgeCalls()
	writes, _ := r.shortWrites()
	var cands []candidate
	if !r.cutOff() {
		cands = r.judgeAccesses(suspects)
		cands = append(cands, calls...)
		cands = append(cands, writes...)
		cands = append(cands, r.fellShort()...)
		cands = append(cands, r.emptyStdin()...)
		cands = append(cands, r.lacking()...)
		cands = append(cands, r.lostMessage()...)
		cands = append(cands, r.takenBack()...)
	}
	cands = append(cands, r.judgeCrash()...)
	if r.hangs() && !r.cutOff() {
		cands = append(cands, r.judgeHang()...)
	} else {
		cands = append(cands, r.judgeWords(suspects)...)
		cands = append(cands, r.spokenVariables()...)
		cands = append(cands, r.unheard()...)
		if !r.cutOff() {
			cands = append(cands, r.judgeExit()...)
		}
	}
	sortCandidates(cands)
	if outcome == OutcomeFailed && !r.cutOff() && (len(cands) == 0 || cands[0].points <= minPossible) {
		cands = append(r.leftOver(suspects), cands...)
		sortCandidates(cands)
	}
	if len(cands) > 0 && cands[0].ID == "none.server-running" && !r.endUnseen() {
		outcome = OutcomeOK
	}
	return r.verdict(outcome, cands, append(aside, quiet...))
}

// cutOff: a trace that ends in the middle of a line, before the program's end. What
// failed last in it is as likely a probe as the cause; only what was said counts.
func (r *run) cutOff() bool {
	return r.log.Torn && r.traced() && r.in.Status == nil && !r.in.TimedOut && r.log.End == tracelog.EndCut
}

// endUnseen: the log ends while the program is at work, or waits, and nobody is known to
// have ended it; or before the guest started, and Ops refused nothing. It may have been
// cut off, and what failed by then may be what the program went on without.
func (r *run) endUnseen() bool {
	if r.in.Status != nil || r.in.TimedOut || r.log.Killed {
		return false
	}
	return r.traced() && r.log.End == tracelog.EndCut && !r.gaveUp() || !r.log.Booted && r.log.End == tracelog.EndUnknown
}

// wordsAccuse reports whether the output has a message that some rule knows.
func (r *run) wordsAccuse() bool {
	for _, c := range r.judgeWords(nil) {
		if c.points > minPossible {
			return true
		}
	}
	// In a trace: a failure that looks like a cause by itself.
	calls, _ := r.judgeCalls()
	suspects, _ := r.suspects()
	for _, c := range append(r.judgeAccesses(suspects), calls...) {
		if c.points >= 60 {
			return true
		}
	}
	return false
}

// success is the verdict of a run that worked.
func (r *run) success(why Evidence, sure bool) *Verdict {
	c := candidate{Finding: Finding{ID: "none.success", Summary: "the run succeeded", Evidence: []Evidence{why}}, points: minLikely, limit: Likely}
	if !sure && r.native == nil {
		c.Summary = "no failure is seen: the run seems to have succeeded"
	}
	if sure {
		c.stated, c.limit = true, Certain
	} else if _, known := r.lastNative(); !known && r.native.speaks() {
		if last, spoke := r.lastWord(); !spoke || !looksGood(last.Text) {
			c.limit = Possible // what it says natively at its end is not known
		}
	} else if r.native == nil {
		c.limit = Possible
	}
	cands := []candidate{c}
	for _, l := range r.log.Ops { // worth saying even then
		if m := opsKlib.FindStringSubmatch(l.Text); m != nil {
			cands = append([]candidate{{Finding: Finding{ID: "ops.klib-not-found", Subject: m[1], Summary: "the klib " + m[1] + " is not in the Nanos release; the guest ran without it",
				Evidence: []Evidence{r.lineEvidence(l)}}, points: 100, stated: true}}, cands...)
		}
	}
	suspects, aside := r.suspects()
	for _, a := range suspects {
		f := r.classify(a)
		aside = append(aside, Suppressed{ID: f.ID, Subject: f.Subject, Reason: "the program went on without it"})
	}
	return r.verdict(OutcomeOK, cands, aside)
}

// judgeExit speaks when nothing else does: the program ended with a status of its own.
func (r *run) judgeExit() []candidate {
	if r.log.Crash != nil {
		return nil
	}
	c := candidate{Finding: Finding{ID: "program.exit-nonzero"}, limit: Possible, order: 50}
	status, known := r.statusByQEMU()
	if s := r.in.Status; s != nil {
		status, known = *s, true
	}
	switch {
	case r.nativeFails() && r.native.failedBy() == 0:
		c.Subject, c.points, c.limit = itoa(r.native.exit.Code), 50, Likely
		c.Summary = "the program ends with an error status natively too"
	case known && status != 0:
		c.Subject, c.points = itoa(status), 42
		c.Summary = "the program ended with status " + itoa(status) + ", and nothing seen explains it"
	case r.log.Boots > 1:
		c.Subject, c.points = "not 0", 40
		c.Summary = "the guest boots again and again: the program ends with an error status"
	case r.wentSilently():
		c.points = minPossible
		c.Summary = "the guest booted, and ended without a word: a program that fails in silence, or has nothing to say"
		c.Evidence = []Evidence{r.lineEvidence(r.log.Kernel[0])}
	default:
		return nil
	}
	if l, ok := r.lastWord(); ok {
		c.Evidence = []Evidence{r.lineEvidence(l)}
	} else if c.limit == Likely {
		c.points += 30
	}
	return []candidate{c}
}

// wentSilently: the console shows a boot and nothing else. A guest that hangs looks the
// same, so it takes a log that was not cut.
func (r *run) wentSilently() bool {
	return r.log.Booted && !r.traced() && len(r.words) == 0 && len(r.log.Kernel) > 0 && r.log.Crash == nil && r.log.Boots == 1 &&
		(r.log.End == tracelog.EndUnknown || r.log.End == tracelog.EndExit)
}

// lacking speaks of a guest that stopped before the native run did, without a failed
// access or call: what it was given differs, arguments or environment.
func (r *run) lacking() []candidate {
	if !r.nativeWorks() || !r.stoppedShort() || r.log.Crash != nil || r.hangs() {
		return nil
	}
	ev := []Evidence{{Source: r.in.GuestSource, Line: r.log.Lines, Text: "the program ended before it did what it does natively, and nothing that works natively had failed"}}
	if args, ok := r.native.args(); ok && len(args) > len(r.setup.args) && r.setup.known {
		return []candidate{{Finding: Finding{ID: "env.missing-arguments", Subject: strings.Join(args[len(r.setup.args):], " "),
			Summary: "natively the program had more arguments", Evidence: ev}, points: 58, limit: Possible, order: 40}}
	}
	variable := r.lackingVariable()
	return []candidate{{Finding: Finding{ID: "env.missing-variable", Subject: variable, Summary: "the environment differs from that of the native run", Evidence: ev}, points: minPossible, limit: Possible, order: 60}}
}

// verdict turns candidates, best first, into the answer.
func (r *run) verdict(outcome string, cands []candidate, aside []Suppressed) *Verdict {
	v := &Verdict{Outcome: outcome, Suppressed: tidy(aside)}
	for i, c := range cands {
		if i > 0 && (c.points < minPossible+10 || len(v.Findings) >= maxFindings) || c.points < minPossible {
			break
		}
		if c.Subject != "" && named(v.Findings, c.Subject) {
			continue
		}
		c.Finding.Confidence = c.confidence()
		switch {
		case !c.stated && r.doubts(outcome), c.ID == "syscall.needs-klib" && r.unsureOfKlib(c.Subject):
			c.Finding.Confidence = Possible
		case r.in.Engine == "rehearse" && c.Finding.Confidence == Certain:
			c.Finding.Confidence = Likely // this host's kernel, and not Nanos, says so
		}
		if c.Subject == "" && !strings.HasPrefix(c.ID, "none.") {
			c.Finding.Subject = unnamed
		}
		v.Findings = append(v.Findings, c.Finding)
	}
	if len(v.Findings) == 0 {
		f := Finding{ID: "unknown", Confidence: Possible, Summary: "the evidence does not decide the cause"}
		if l, ok := r.lastWord(); ok {
			f.Evidence = []Evidence{r.lineEvidence(l)}
		}
		v.Findings = []Finding{f}
	}
	return v
}

// doubts reports whether what nobody states can be no more than possible: the log was cut
// off, or the program got over what it complained of.
func (r *run) doubts(outcome string) bool {
	return r.endUnseen() || r.log.Torn && !r.traced() ||
		outcome == OutcomeUnknown && r.livedOn() || outcome == OutcomeFailed && r.endedWell()
}

// unnamed stands for a subject that the evidence does not give.
const unnamed = "(not named)"

// named reports whether a finding is about the subject already.
func named(fs []Finding, subject string) bool {
	for _, f := range fs {
		if f.Subject == subject {
			return true
		}
	}
	return false
}

// tidy removes repeated entries.
func tidy(in []Suppressed) []Suppressed {
	seen := map[Suppressed]bool{}
	var out []Suppressed
	for _, s := range in {
		if !seen[s] && len(out) < maxSuppressed {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// remark adds what was not checked and what to do next.
func (r *run) remark(v *Verdict) {
	if r.foreign() {
		v.Incomplete = append(v.Incomplete, "nothing in the log is of Nanos or Ops")
		if v.Cause.ID == "unknown" && v.Outcome == OutcomeUnknown {
			v.Advice = append(v.Advice, "this does not look like a console log of Nanos or Ops")
			return
		}
	}
	if v.Cause.ID == "unknown" && v.Outcome == OutcomeUnknown && r.underWay() {
		v.Incomplete = append(v.Incomplete, "the end of the run is not in the log: its last line announces work")
	}
	if !r.traced() && r.log.Booted {
		v.Incomplete = append(v.Incomplete, "the log has no system calls: record one with `ops run --trace`")
	}
	if r.native == nil && r.log.Booted {
		v.Incomplete = append(v.Incomplete, "there is no native run to compare with: record one with `nanodiag trace -o native.strace -- PROGRAM ARGS`")
	}
	if _, stated := r.statusByQEMU(); !stated && r.in.Status == nil && r.log.Booted && (r.log.End == tracelog.EndExit || r.log.End == tracelog.EndUnknown && v.Outcome == OutcomeOK) {
		v.Incomplete = append(v.Incomplete, "the exit status is not in the log: whether the run worked was inferred")
	}
	if status, ok := r.statusByQEMU(); ok && r.in.Status == nil && v.Exit != nil && v.Exit.Code == status && status > 0 {
		v.Incomplete = append(v.Incomplete, "the exit status is known but for a multiple of 128: QEMU passes on 7 bits of it (debug_exit)")
	}
	if r.cutOff() || r.log.Torn && !r.log.Booted && r.log.End == tracelog.EndUnknown {
		v.Incomplete = append(v.Incomplete, "the log ends in the middle of a line: what the program did after that is not known")
		v.Advice = append(v.Advice, "give the whole log: the end of a run tells most about its cause")
	}
	if r.endUnseen() && !r.cutOff() && r.log.Booted {
		v.Incomplete = append(v.Incomplete, "the end of the run is not in the log: it was cut off, or somebody ended the program")
	}
	if r.log.Dropped > 0 {
		v.Incomplete = append(v.Incomplete, itoa(r.log.Dropped)+" events in the middle of the log were not kept")
	}
	if _, advice := r.shortWrites(); advice != "" {
		v.Advice = append(v.Advice, advice)
	}
	if r.log.Boots > 1 {
		v.Advice = append(v.Advice, "the guest booted "+itoa(r.log.Boots)+" times: RebootOnExit starts a failing program again and again")
	}
	if r.nativeFails() && v.Outcome != OutcomeOK {
		v.Advice = append(v.Advice, "the native run fails as well: repair that first")
	}
	if t, ok := Explain(v.Cause.ID); ok && (v.Cause.Fix == nil || len(v.Cause.Fix.ConfigPatch) == 0) && !strings.HasPrefix(v.Cause.ID, "none.") {
		v.Advice = append(v.Advice, strings.Join(strings.Fields(t.Section("What to do")), " "))
	}
}
