package tracelog

import (
	"slices"

	"github.com/nanodiag/nanodiag/strace"
)

const (
	// maxEvents and maxEventBytes bound what Read keeps: 2^18 events with their texts are
	// about 100 MB. The largest trace that a person looked at had 30,000; a prover that
	// runs for hours makes millions, nearly all of them clock_gettime and futex.
	maxEvents     = 1 << 18
	maxEventBytes = 128 << 20

	// longTrace is room for what is kept of nearly every long trace: its head and its tail.
	longTrace = 5 << 13
)

// eventList is Log.Events with the calls that are still open. When it is full, the
// middle is thinned out: first calls that say little, then whatever is there.
type eventList struct {
	list    []strace.Event
	bytes   int
	dropped int
	blocked map[string][]int // new format: thread and call → its unfinished events
	calls   map[int]int      // old format: thread id → the call it is in
}

// forget is for a new boot: nothing goes on.
func (l *eventList) forget() {
	l.blocked = map[string][]int{}
	l.calls = map[int]int{}
}

// add appends e and returns its index, good until the next add.
func (l *eventList) add(e strace.Event) int {
	if len(l.list) >= maxEvents || l.bytes > maxEventBytes && len(l.list) >= 8 {
		l.thin()
	}
	if len(l.list) == cap(l.list) && len(l.list) >= 1<<12 {
		l.list = slices.Grow(l.list, longTrace)
	}
	l.bytes += textBytes(&e)
	l.list = append(l.list, e)
	return len(l.list) - 1
}

func textBytes(e *strace.Event) int { return len(e.Args) + len(e.Abs) + len(e.Abs2) + len(e.Thread) }

func (l *eventList) block(key string, i int) {
	if len(l.blocked) < maxThreads {
		l.blocked[key] = append(l.blocked[key], i)
	}
}

// unblock returns the last open event of key, and closes it unless keep; nil when there
// is none.
func (l *eventList) unblock(key string, keep bool) *strace.Event {
	open := l.blocked[key]
	if len(open) == 0 {
		return nil
	}
	e := &l.list[open[len(open)-1]]
	switch {
	case keep:
	case len(open) == 1:
		delete(l.blocked, key)
	default:
		l.blocked[key] = open[:len(open)-1]
	}
	return e
}

// tellsLittle reports whether a finished call without path and error can go.
func tellsLittle(e *strace.Event) bool {
	if e.Kind != strace.KindCall || e.State == strace.Unfinished || e.Err != 0 || e.Path != "" {
		return false
	}
	switch e.Name {
	case "mmap", "clone", "clone3", "exit", "exit_group":
		return false
	}
	return true
}

// thin drops events from the middle half.
func (l *eventList) thin() {
	from, to := len(l.list)/4, len(l.list)*3/4
	for _, drop := range []func(*strace.Event) bool{
		tellsLittle,
		func(*strace.Event) bool { return true },
	} {
		l.dropIf(from, to, drop)
		if to = min(to, len(l.list)); len(l.list) <= maxEvents*7/8 && l.bytes <= maxEventBytes*7/8 {
			return
		}
		to = max(from, to-(len(l.list)/4)) // the end stays
	}
}

func (l *eventList) dropIf(from, to int, drop func(*strace.Event) bool) {
	moved := make([]int, to-from) // new index of each, -1 when dropped
	n := from
	for i := from; i < to; i++ {
		e := &l.list[i]
		if drop(e) {
			moved[i-from] = -1
			l.bytes -= textBytes(e)
			continue
		}
		moved[i-from] = n
		l.list[n] = *e
		n++
	}
	cut := to - n
	l.list = append(l.list[:n], l.list[to:]...)
	l.dropped += cut
	where := func(i int) int {
		switch {
		case i < from:
			return i
		case i >= to:
			return i - cut
		}
		return moved[i-from]
	}
	for key, open := range l.blocked {
		kept := open[:0]
		for _, i := range open {
			if j := where(i); j >= 0 {
				kept = append(kept, j)
			}
		}
		if l.blocked[key] = kept; len(kept) == 0 {
			delete(l.blocked, key)
		}
	}
	for tid, i := range l.calls {
		if j := where(i); j >= 0 {
			l.calls[tid] = j
		} else {
			delete(l.calls, tid)
		}
	}
}
