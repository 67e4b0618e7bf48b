package diagnose

import (
	"fmt"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// hangs reports whether the run was ended from outside while the program still ran.
func (r *run) hangs() bool {
	return r.in.TimedOut || r.in.Status == nil && r.log.End == tracelog.EndCut && !r.gaveUp()
}

// gaveUp: the loader's last words; it ends the program after them, though the trace of
// that is lost.
func (r *run) gaveUp() bool {
	l, ok := r.lastWord()
	return ok && loaderGaveUp.MatchString(l.Text)
}

var loaderGaveUp = lazyregexp.New(`error while loading shared libraries: |: (?:symbol lookup|relocation) error: |: CPU ISA level is lower than required`)

// signalled reports whether the log says that a signal ended the program.
func (r *run) signalled() bool { return r.log.End == tracelog.EndSignal }

var (
	servesWord  = lazyregexp.New(`(?i)\b(listening|serving|accepting|ready to accept|ready for connections|started (?:the )?server|server (?:is )?(?:started|running|up)|bound to|waiting for (?:connections|requests|clients))\b|\b(?:on|at|port)\b[\w./ ]*:?\d{2,5}\b|\bhttps?://(?:0\.0\.0\.0|localhost|127|\[::)`)
	connectWord = lazyregexp.New(`(?i)\b(connecting|contacting|dialing|dialling|reaching|fetching|downloading|requesting|resolving|connect to)\b`)
	workersWord = lazyregexp.New(`(?i)\b0 (?:workers?|threads?|cpus?|cores?|processors?)\b`)
)

// judgeHang says for what the program waited when it was ended.
func (r *run) judgeHang() []candidate {
	text := r.allWords()
	line, hasLine := r.lastWord()
	add := func(id, subject string, points int, limit Confidence, at int, format string, args ...any) candidate {
		var ev []Evidence
		if at >= 0 {
			ev = append(ev, r.eventEvidence(at))
		}
		if hasLine {
			ev = append(ev, r.lineEvidence(line))
		}
		return candidate{Finding: Finding{ID: id, Subject: subject, Summary: fmt.Sprintf(format, args...), Evidence: ev}, points: points, limit: limit, order: 3}
	}
	if !r.traced() {
		switch {
		case servesWord.MatchString(text):
			return []candidate{add("none.server-running", "", 70, Possible, -1, "a server that was still running when the run was ended")}
		case connectWord.MatchString(line.Text):
			return []candidate{add("network.unreachable", hostIn(line.Text), 50, Possible, -1, "the program hangs, it seems in a connection")}
		}
		return nil
	}
	waiting, listens := r.waiting(), r.listens()
	var out []candidate
	for _, w := range waiting {
		e := &r.events()[w]
		switch {
		case e.Name == "connect":
			out = append(out, add("network.unreachable", hostIn(text), 84, Likely, w, "a connection is never answered"))
		case e.Name == "read" && onDescriptor(e, "0") || e.Name == "readv" && onDescriptor(e, "0"):
			out = append(out, add("env.no-stdin", "stdin", 84, Likely, w, "the program waits for standard input, which a guest does not have"))
		case listens && (strings.HasPrefix(e.Name, "accept") || strings.HasPrefix(e.Name, "epoll") || e.Name == "poll" || e.Name == "ppoll" || e.Name == "select" || e.Name == "pselect6"):
			out = append(out, add("none.server-running", "", 95, Likely, w, "a server that was still running when the run was ended"))
		}
	}
	if len(out) > 0 {
		return out
	}
	switch {
	case r.tail("wait4", "waitid"):
		return []candidate{add("process.fork", "wait", 70, Possible, len(r.events())-1, "the program waits for a child; there is none")}
	case r.busy():
		return []candidate{add("program.busy-loop", "", 62, Likely, -1, "the program computes without end and makes no call")}
	case len(waiting) > 0 && r.oneRuns() && r.allFutex(waiting):
		return []candidate{add("program.busy-loop", "", 56, Possible, waiting[0], "a thread computes without end, and the others wait for it")}
	case len(waiting) > 0 && r.allFutex(waiting):
		return []candidate{add("program.deadlock", "futex", 66, Likely, waiting[0], "every thread waits for another one")}
	case len(waiting) > 0:
		return []candidate{add("program.deadlock", r.events()[waiting[0]].Name, 45, Possible, waiting[0], "every thread waits")}
	}
	return nil
}

// waiting lists, one per thread, the calls that never returned.
func (r *run) waiting() []int {
	last := map[int]int{}
	var order []int
	events := r.events()
	for i := range events {
		e := &events[i]
		if e.Kind != strace.KindCall {
			continue
		}
		if _, ok := last[e.TID]; !ok {
			order = append(order, e.TID)
		}
		last[e.TID] = i
	}
	var out []int
	for _, tid := range order {
		if e := &events[last[tid]]; e.State == strace.Unfinished && e.Name != "exit" && e.Name != "exit_group" {
			out = append(out, last[tid])
		}
	}
	return out
}

func (r *run) listens() bool {
	for i := range r.events() {
		if e := &r.events()[i]; e.Name == "listen" && e.OK() {
			return true
		}
	}
	return false
}

// allFutex: nobody sleeps for a time, everybody waits for somebody.
func (r *run) allFutex(waiting []int) bool {
	for _, w := range waiting {
		if r.events()[w].Name != "futex" {
			return false
		}
	}
	return true
}

// busy: some thread made its last call, got its answer, and is not heard of again.
func (r *run) busy() bool {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == strace.KindCall {
			return events[i].State == strace.Done && len(r.waiting()) == 0
		}
	}
	return false
}

// oneRuns: a thread is in no call and has not ended.
func (r *run) oneRuns() bool {
	last := map[int]*strace.Event{}
	events := r.events()
	for i := range events {
		if e := &events[i]; e.Kind == strace.KindCall {
			last[e.TID] = e
		}
	}
	for _, e := range last {
		if e.State == strace.Done && e.Name != "exit" && e.Name != "exit_group" && e.Name != "futex" {
			return true
		}
	}
	return false
}

// tail reports whether the last calls are all of the given names: a loop around them.
func (r *run) tail(names ...string) bool {
	const enough = 20
	events := r.events()
	n := 0
	for i := len(events) - 1; i >= 0 && n < enough; i-- {
		if events[i].Kind != strace.KindCall {
			continue
		}
		if !containsName(names, events[i].Name) {
			return false
		}
		n++
	}
	return n == enough
}

// allWords is the program's output as one text.
func (r *run) allWords() string {
	var b strings.Builder
	for _, l := range r.words {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}
