package strace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func formatUint(n uint64) string { return strconv.FormatUint(n, 10) }

// task returns the task that a line belongs to.
func (r *logReader) task(p *linePrefix) (t *task, err error) {
	t = r.last
	if p.tid < 0 {
		p.tid = r.owner
	}
	switch {
	case p.tid < 0:
		t, err = r.unnumbered()
	case t == nil || t.tid != p.tid:
		t, err = r.numbered(p)
	}
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fmt.Errorf("line %d: more than %d tasks at once; is this really one log?", r.line, maxTasks)
	}
	if p.comm != "" && p.comm != t.comm {
		t.comm = strings.Clone(p.comm)
	}
	t.started = true
	r.last = t
	return t, nil
}

// unnumbered returns the task of a line without a number: strace leaves it out on
// a terminal while it follows only one.
func (r *logReader) unnumbered() (*task, error) {
	if len(r.tasks) == 1 {
		for _, t := range r.tasks {
			return t, nil
		}
	}
	if r.main == nil {
		return r.add(0)
	}
	return r.main, nil
}

func (r *logReader) numbered(p *linePrefix) (*task, error) {
	if t := r.tasks[p.tid]; t != nil {
		return t, nil
	}
	// "[pid N]" of the task whose lines had no number so far: whoever else can
	// speak was announced by a notice or by the call that made it.
	if m := r.main; m != nil && m.tid == 0 && p.bracket && r.tasks[0] == m {
		delete(r.tasks, 0)
		m.tid, m.pid = p.tid, p.tid
		r.tasks[p.tid] = m
		return m, nil
	}
	return r.add(p.tid)
}

// maker is a call that makes a task.
type maker struct {
	task  *task
	flags uint64 // of clone; 0 is a process
	over  bool   // the record shows no result of it
}

// maxMaking bounds the calls without a result whose tasks were not heard yet.
const maxMaking = 1 << 10

// add makes a task of which no call has told. It is what the one call that is under
// way makes, or else the last one whose result is not in the record. In a log of file
// calls only (-e trace=file) there is none, and most are threads of the first.
func (r *logReader) add(tid int) (*task, error) {
	if len(r.tasks) >= maxTasks {
		return nil, nil
	}
	t := &task{tid: tid, maker: -1}
	r.tasks[tid] = t
	if r.main == nil {
		t.pid = tid
		t.fs, t.files = &taskDir{r.opt.Dir}, &taskFiles{}
		r.main = t
		return t, nil
	}
	if m, ok := r.makerOf(); ok {
		t.child(m.task, m.flags)
		return t, r.began(t, m.task, r.line, time.Duration(r.clock.last))
	}
	t.fs, t.files = &taskDir{r.main.fs.cwd}, r.main.files
	return t, nil
}

// makerOf finds the call that made a task which speaks first; ok is false where
// several may have.
func (r *logReader) makerOf() (found maker, ok bool) {
	under, over := 0, -1
	for i, m := range r.making {
		if m.over {
			over = i
			continue
		}
		// Calls of one kind in one process make the same, whichever it was.
		if under == 0 || m.flags != found.flags || m.task.pid != found.task.pid {
			under++
		}
		found = m
	}
	if under == 0 && over >= 0 {
		found = r.making[over]
		r.making = slices.Delete(r.making, over, over+1)
		return found, true
	}
	return found, under == 1
}

// forked records that parent made tid.
func (r *logReader) forked(parent *task, tid int, flags uint64, line int, at time.Duration) error {
	r.forget(parent)
	t := r.tasks[tid]
	if t == nil || t == parent {
		if len(r.tasks) >= maxTasks {
			return nil
		}
		t = &task{tid: tid, maker: -1}
		r.tasks[tid] = t
	}
	known := t.pid
	if !t.started {
		t.child(parent, flags)
	}
	if t.pid == 0 {
		t.pid = tid
		if flags&cloneThread != 0 {
			t.pid = parent.pid
		}
	}
	if t.maker == parent.tid && t.pid == known {
		return nil // it was told
	}
	return r.began(t, parent, line, at)
}

// began reports that parent made t.
func (r *logReader) began(t, parent *task, line int, at time.Duration) error {
	t.maker = parent.tid
	r.ev = Event{Kind: KindTask, Line: line, Time: at, PID: t.pid, TID: t.tid, Ret: int64(parent.tid)}
	return r.fn(&r.ev)
}

// notice handles strace's own messages: "strace: Process 25773 attached".
func (r *logReader) notice(s string) (bool, error) {
	n, ok := attached(s)
	if ok && r.main != nil && r.tasks[n] == nil {
		if _, err := r.add(n); err != nil {
			return false, err
		}
	}
	return r.calls > 0, nil
}

// attached reads the number of a new task in strace's message.
func attached(s string) (tid int, ok bool) {
	rest, ok := strings.CutPrefix(s, "strace: Process ")
	if !ok {
		return 0, false
	}
	n, i := parseDigits(rest)
	return int(n), i > 0 && rest[i:] == " attached" && n <= maxTaskID
}

// ended handles the end of a task:
//
//	+++ exited with 0 +++
//	+++ killed by SIGSEGV (core dumped) +++
//	+++ superseded by execve in pid 8112 +++
func (r *logReader) ended(p *linePrefix) (bool, error) {
	s, ok := strings.CutPrefix(p.rest, "+++ ")
	if !ok {
		return false, nil
	}
	s, ok = strings.CutSuffix(s, " +++")
	if !ok {
		return false, nil
	}
	t, err := r.task(p)
	if err != nil {
		return false, err
	}
	at := r.clock.at(p)
	if rest, ok := strings.CutPrefix(s, "superseded by execve in pid "); ok {
		return true, r.superseded(t, rest)
	}
	end := Event{Kind: KindExit, Line: r.line, Time: at}
	if rest, ok := strings.CutPrefix(s, "exited with "); ok {
		n, _ := parseNumber(rest)
		end.Ret = n
	} else if rest, ok := strings.CutPrefix(s, "killed by "); ok {
		name, _, _ := strings.Cut(rest, " ")
		end.Sig, _ = SignalByName(name)
	} else {
		return false, nil
	}
	if err := r.abandon(t); err != nil {
		return false, err
	}
	end.PID, end.TID, end.Thread = t.pid, t.tid, t.comm
	if len(r.tasks) > 1 { // the last one stays: a log may go on without numbers
		delete(r.tasks, t.tid)
	}
	r.last = nil
	r.ev = end
	return true, r.fn(&r.ev)
}

// superseded handles an exec in a thread other than the leader: the leader t is
// gone, and the thread that called goes on under its id.
func (r *logReader) superseded(t *task, by string) error {
	n, _ := parseDigits(by)
	caller := r.tasks[int(n)]
	if caller == nil || caller == t {
		return nil
	}
	if err := r.abandon(t); err != nil {
		return err
	}
	t.pending = caller.pending
	t.fs, t.files = caller.fs, caller.files
	delete(r.tasks, caller.tid)
	r.forget(caller)
	r.last = nil
	return nil
}

// signalled handles the delivery of a signal; a stop is no delivery.
//
//	--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x8} ---
//	--- stopped by SIGSTOP ---
func (r *logReader) signalled(p *linePrefix) (bool, error) {
	s, ok := strings.CutPrefix(p.rest, "--- ")
	if !ok {
		return false, nil
	}
	s, ok = strings.CutSuffix(s, " ---")
	if !ok {
		return false, nil
	}
	t, err := r.task(p)
	if err != nil {
		return false, err
	}
	at := r.clock.at(p)
	name, info, _ := strings.Cut(s, " ")
	sig, ok := SignalByName(name)
	if !ok {
		return strings.HasPrefix(s, "stopped by "), nil
	}
	r.ev = Event{Kind: KindSignal, Line: r.line, Time: at, PID: t.pid, TID: t.tid, Thread: t.comm, Sig: sig, Args: info}
	return true, r.fn(&r.ev)
}
