package diagnose

import (
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/tracelog"
)

// judgeOutcome says whether the run worked. No log states the exit status, so unless
// the caller knows it, what the program did and said decides, and a doubt remains.
func (r *run) judgeOutcome() (outcome string, why Evidence, sure bool) {
	end := Evidence{Source: r.in.GuestSource, Line: r.log.Lines, Text: "end of the log: " + r.log.End.String()}
	if s := r.in.Status; s != nil {
		if *s != 0 || r.in.Degraded {
			return OutcomeFailed, end, true
		}
		return OutcomeOK, Evidence{Source: r.in.GuestSource, Text: "the guest's exit status is 0"}, true
	}
	switch {
	case r.log.Crash != nil, r.log.End == tracelog.EndSignal, r.log.End == tracelog.EndHalt, r.log.End == tracelog.EndNotStarted:
		return OutcomeFailed, end, true
	case r.hangs():
		return OutcomeUnknown, end, true
	}
	if status, ok := r.statusByQEMU(); ok {
		if status == 0 {
			return OutcomeOK, Evidence{Source: r.in.GuestSource, Text: "QEMU's status 1 is the guest's status 0 (debug_exit)"}, true
		}
		return OutcomeFailed, end, true
	}
	line, spoke := r.lastWord()
	ev := r.lineEvidence(line)
	if out := strings.TrimSpace(string(r.in.NativeOutput)); out != "" && r.nativeWorks() && strings.HasSuffix(strings.TrimSpace(r.allWords()), lastLines(out, 5)) {
		return OutcomeOK, ev, false
	}
	short := r.stoppedShort()
	bad := spoke && (looksBad(line.Text) && !(r.nativeWorks() && r.saidNatively(line.Text)) || r.saidAt > 0 && !looksGood(line.Text) && !r.goodAfterBad() && !r.wentOn() && !r.livedOn())
	bad = bad || spoke && r.nativeWorks() && r.saysOther()
	switch {
	case r.endedAlike():
		return OutcomeOK, ev, false
	case spoke && looksGood(line.Text) && !short && !bad:
		return OutcomeOK, ev, false
	case bad, short:
		return OutcomeFailed, ev, false
	case r.nativeWorks() && r.traced() && !r.doubtful() && !r.refused() && !r.processRefused():
		return OutcomeOK, end, false // it did all that the native run did
	case r.native == nil && spoke && r.saidAt == 0 && r.log.End != tracelog.EndCut && r.log.Booted && !r.processRefused():
		return OutcomeUnknown, ev, true // it spoke, and of no failure
	}
	return OutcomeUnknown, end, false
}

// doubtful reports whether the guest's last look-up that worked natively and failed
// in the guest was followed by nothing but the end: then the run may as well have
// ended because of it.
func (r *run) doubtful() bool {
	suspects, _ := r.suspects()
	for _, a := range suspects {
		if a.fate.ok && !a.opened && a.weight == normal && a.rank == 0 {
			return r.progress(a) >= 0
		}
	}
	return false
}

// processRefused: the program asked for a second process, and the kernel has none. One
// that copes prints what it prints natively, or a word of success.
func (r *run) processRefused() bool {
	for i := range r.log.Events {
		switch e := &r.log.Events[i]; e.Name {
		case "clone", "clone3":
			if e.Err == syscall.ENOSYS && makesProcess(e) && !r.threadsFollow(i) {
				return true
			}
		case "fork", "vfork":
			if e.Failed() {
				return true
			}
		}
	}
	return false
}

// threadsFollow: the same thread's next clone succeeds: the C library fell back from
// clone3 to clone.
func (r *run) threadsFollow(i int) bool {
	for j := i + 1; j < len(r.log.Events) && j < i+8; j++ {
		if e := &r.log.Events[j]; strings.HasPrefix(e.Name, "clone") && e.TID == r.log.Events[i].TID {
			return e.OK()
		}
	}
	return false
}

// refused reports whether a call failed in the guest that succeeds natively, and the
// guest did no more than end: what it was refused may be why.
func (r *run) refused() bool {
	calls, _ := r.judgeCalls()
	for _, c := range calls {
		if c.points >= minRefused {
			return true
		}
	}
	return false
}

// minRefused is what a call gets that works natively, with nothing behind its failure.
const minRefused = 60

// goodAfterBad: the program spoke of success after its last complaint.
func (r *run) goodAfterBad() bool {
	for i := len(r.words) - 1; i >= 0; i-- {
		if r.words[i].N == r.saidAt {
			return false
		}
		if looksGood(r.words[i].Text) {
			return true
		}
	}
	return false
}

// wentOn: after its last complaint the program did what it does natively too.
func (r *run) wentOn() bool {
	if !r.traced() || !r.nativeWorks() {
		return false
	}
	events := r.events()
	for i := len(events) - 1; i >= 0 && events[i].Line > r.saidAt; i-- {
		e := &events[i]
		switch wants(e) {
		case wantsOpen, wantsList, wantsMake:
			if e.OK() && r.native.of(e.Path, r.setup).ok {
				return true
			}
		}
	}
	return false
}

// lastLines returns the last n lines of a text.
func lastLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// statusByQEMU decodes the status that a guest with debug_exit passes on through QEMU,
// ((status << 1) | 1) & 0xff. QEMU's own failures give 1, and 255 when the boot disk
// cannot be read, so those two count only when the configuration asks for debug_exit, or
// where the kernel is older than 0.1.53: up to 0.1.48 every run ends through it.
func (r *run) statusByQEMU() (status int, ok bool) {
	n := r.log.OpsExit
	if n == nil || *n&1 == 0 || !r.log.Booted || len(r.log.Kernel) == 0 {
		return 0, false
	}
	_, asked := r.setup.cfg.ManifestPassthrough["debug_exit"]
	if (*n == 1 || *n == 255) && !asked && r.log.VersionMax == "" {
		return 0, false
	}
	return *n >> 1, true
}

// stoppedShort reports whether the native run did something at its end that the guest
// never did.
func (r *run) stoppedShort() bool {
	if r.native == nil || !r.traced() || !r.nativeWorks() || !r.comparesOpens() {
		return false
	}
	guest := r.guestDeeds()
	for i := len(r.native.events) - 1; i >= 0; i-- {
		e := &r.native.events[i]
		if firstUseOfStdout(e) {
			return guest.stdout < 0
		}
		if w := wants(e); !e.OK() || w == wantsNothing || w == wantsExec {
			continue
		}
		if row, ok := probe(pathKey(e.Path)); ok && row.weight != normal || isLibrary(e.Path) {
			continue
		}
		_, done := guest.last[r.comparable(e)]
		return !done
	}
	return false
}

// endedWell: the exit status is known to be 0, and the program's last word is no
// complaint. What it complained of before may be all it was meant to show.
func (r *run) endedWell() bool {
	status, known := r.statusByQEMU()
	if s := r.in.Status; s != nil {
		status, known = *s, true
	}
	if !known || status != 0 {
		return false
	}
	l, spoke := r.lastWord()
	return !spoke || !looksBad(l.Text)
}
