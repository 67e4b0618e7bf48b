package diagnose

import (
	"fmt"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// maxCallKinds bounds how many kinds of failed calls are weighed, counted from the end.
const maxCallKinds = 64

// judgeCalls turns failed calls that are no look-ups into candidates, once for a run.
func (r *run) judgeCalls() (out []candidate, aside []Suppressed) {
	if !r.judgedCalls {
		r.judgedCalls = true
		r.failedCalls, r.quietCalls = r.weighCalls()
	}
	return r.failedCalls, r.quietCalls
}

func (r *run) weighCalls() (out []candidate, aside []Suppressed) {
	events := r.events()
	at := map[string]int{}
	quiet := map[string]bool{}
	// From the end backwards: the failure nearest to the end represents its kind.
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if !e.Failed() || (wants(e) != wantsNothing && (missing(e) || e.Name == "readlink")) {
			continue
		}
		if e.Name == "" || strings.HasPrefix(e.Name, "rt_sig") {
			continue
		}
		if _, failed := r.nativeCall(e); failed && !r.nativeFails() {
			if !quiet[e.Name] {
				quiet[e.Name] = true
				aside = append(aside, Suppressed{ID: "syscall.unsupported", Subject: e.Name, Reason: "it fails natively too"})
			}
			continue
		}
		row, expected := probeOf(e)
		if expected && row.weight == harmless && !(makesProcess(e) && strings.HasPrefix(e.Name, "clone")) {
			if !quiet[e.Name] {
				quiet[e.Name] = true
				aside = append(aside, Suppressed{ID: "syscall.unsupported", Subject: e.Name, Reason: row.reason})
			}
			continue
		}
		for _, rule := range callRules {
			if !rule.matches(r, e) {
				continue
			}
			subject := e.Name
			if rule.subject != nil {
				subject = rule.subject(r, e)
			}
			if _, ok := at[rule.id+" "+subject]; ok || len(out) >= maxCallKinds {
				break
			}
			at[rule.id+" "+subject] = len(out)
			out = append(out, r.callCandidate(rule, e, i, subject, expected && row.weight == weak))
			break
		}
	}
	return out, aside
}

// wasToMake reports whether a call that failed is the one that natively made a file
// which the guest then asked for in vain.
func (r *run) wasToMake(e *strace.Event) bool {
	suspects, _ := r.suspects()
	for _, a := range suspects {
		if a.maker == e.Name && e.Line < a.line {
			return true
		}
	}
	return false
}

// nativeCall says whether calls of this name succeeded in the native run, or failed in
// all cases, where its record has any. Calls that serve many purposes are told apart by
// their first arguments only where both logs show them, which is never; so for these
// neither is known.
func (r *run) nativeCall(e *strace.Event) (works, fails bool) {
	if r.native == nil || containsName(featureCalls, e.Name) || wants(e) != wantsNothing {
		return false, false
	}
	got := r.native.called()[e.Name]
	return got == callWorks, got == callFails
}

// callFate is what came of the native run's calls of one name.
type callFate uint8

const (
	callUnseen callFate = iota
	callFails           // all failed
	callWorks           // one succeeded, at least
)

// called tells the fates of the native run's calls, by name.
func (n *native) called() map[string]callFate {
	if n.calls == nil {
		n.calls = map[string]callFate{}
		for i := range n.events {
			switch e := &n.events[i]; {
			case e.OK():
				n.calls[e.Name] = callWorks
			case e.Failed() && n.calls[e.Name] != callWorks:
				n.calls[e.Name] = callFails
			}
		}
	}
	return n.calls
}

func (c callRule) matches(r *run, e *strace.Event) bool {
	if c.names != nil && !containsName(c.names, e.Name) {
		return false
	}
	if c.errs != nil {
		ok := false
		for _, err := range c.errs {
			ok = ok || err == e.Err
		}
		if !ok {
			return false
		}
	}
	return c.when == nil || c.when(r, e)
}

func containsName(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// Points for calls.
const (
	pointsAdjacent  = 30 // nothing but bookkeeping between the call and the failure
	pointsClose     = 12
	pointsCallNamed = 25 // the last words have the call's name
	pointsTopic     = 18 // the last words are about what the call is for
	pointsCallErrno = 15
	pointsCallWeak  = -12
	pointsOKLater   = -40 // the same call succeeded afterwards
	pointsCallOK    = 12  // natively it succeeds
	pointsMaker     = 20  // natively it makes what the guest then did not find
)

func (r *run) callCandidate(rule callRule, e *strace.Event, i int, subject string, isWeak bool) candidate {
	p := rule.points
	if isWeak {
		p += pointsCallWeak
	}
	if works, _ := r.nativeCall(e); works {
		p += pointsCallOK
	}
	if r.wasToMake(e) {
		p += pointsMaker
	}
	switch n := r.workBetween(i); {
	case n == 0:
		p += pointsAdjacent
	case n <= 2:
		p += pointsClose
	}
	if r.said != "" {
		if line, ok := r.lastBad(); ok && (says(line.Text, e.Err) || says(r.said, e.Err) && rule.id != "resource.memory") {
			p += pointsCallErrno
		}
		switch {
		case r.namesCall(e.Name):
			p += pointsCallNamed
		case topicOf(e.Name, r.said):
			p += pointsTopic
		}
	}
	if r.succeedsLater(e.Name, i) {
		p += pointsOKLater
	}
	if r.log.Crash != nil && e.Line > r.last {
		p += pointsLate
	}
	c := candidate{Finding: Finding{ID: rule.id, Subject: subject, Summary: fmt.Sprintf(rule.summary, subject),
		Evidence: []Evidence{r.eventEvidence(i)}}, points: p, limit: rule.limit}
	if line, ok := r.lastBad(); ok {
		c.Evidence = append(c.Evidence, Evidence{Source: r.in.GuestSource, Line: line.N, Text: line.Text})
	}
	return c
}

// workBetween counts the path calls between an event and the failure: what a program
// does to report an error (memory, a descriptor for stderr) is no work.
func (r *run) workBetween(i int) int {
	n := 0
	events := r.events()
	for j := i + 1; j < len(events); j++ {
		e := &events[j]
		if e.Line > r.last {
			break
		}
		switch wants(e) {
		case wantsOpen, wantsList, wantsMake:
			n++
		}
	}
	return n
}

// namesCall reports whether the last words have the name of a call, or of the library
// function that makes it.
func (r *run) namesCall(name string) bool {
	if contains(r.said, name) {
		return true
	}
	for fn, call := range wrappers {
		if call == name && contains(r.said, fn) {
			return true
		}
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(name, "_setup"), "_create")
	return len(stem) > 5 && contains(r.said, stem)
}

func (r *run) succeedsLater(name string, i int) bool {
	events := r.events()
	for j := i + 1; j < len(events); j++ {
		if events[j].Name == name && events[j].OK() {
			return true
		}
	}
	return false
}
