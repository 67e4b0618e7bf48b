//go:build linux && (amd64 || arm64)

package strace

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tracer follows one program and everything it starts. All of it runs on one thread,
// the one that is the tracer for the kernel; only live is shared.
type tracer struct {
	opt  Options
	proc *procDir
	root int // the program's process
	live *liveSet

	tasks     map[int]*tracee
	procs     map[int]*tracedProc
	held      map[int]*tracee // see tracee.held
	polls     int             // waits in vain since a task is held
	reports   int
	turn      []report
	diedEarly map[int]bool // ended before their maker reported them
	last      *tracee

	supervised bool // by notifications, without ptrace

	started bool // the program runs; before that it is the shim
	failed  error
	begun   time.Time

	ioBefore [2]int64 // what the shim read and wrote

	noNewPrivs bool // the program and its children cannot gain privileges

	rules      [3][]traceRule // by ABI
	answerable [512]bool
	ask        Call
	askString  func(addr uint64) (string, error)
	unknown    map[string]*traceRule // calls whose number no table has

	info    syscallInfo
	ev      Event
	strings stringReader
	unwind  unwinder
	grow    growing
	mounts  []Mount
	res     Result
}

// report is one answer of wait4.
type report struct {
	tid int
	w   waitStatus
}

func newTracer(opt Options, live *liveSet) *tracer {
	tr := &tracer{
		opt: opt, live: live, proc: openProc(opt.ProcDir),
		tasks: map[int]*tracee{}, procs: map[int]*tracedProc{}, held: map[int]*tracee{}, diedEarly: map[int]bool{},
		unknown: map[string]*traceRule{}, noNewPrivs: !mayFilterWithPrivileges(),
	}
	tr.rules[abiNative] = newTraceRules(nativeNames[:], nil) // the others when they are needed
	if opt.Answer != nil {
		for _, nr := range opt.AnswerNrs {
			if nr >= 0 && nr < len(tr.answerable) {
				tr.answerable[nr] = true
			}
		}
	}
	tr.askString = func(addr uint64) (string, error) {
		s, e := tr.strings.read(tr.ask.TID, addr)
		if e != 0 {
			return "", fmt.Errorf("read string at %#x: %w", addr, e)
		}
		return s, nil
	}
	return tr
}

// loop handles stops until no task is left.
func (tr *tracer) loop() {
	for {
		options := 0
		if len(tr.held) > 0 {
			options = unix.WNOHANG
		}
		tid, w, e := waitOwn(-1, options)
		switch {
		case e == unix.EINTR:
		case e != 0: // ECHILD: nobody is left
			return
		case tid == 0:
			tr.awaitMakers()
		default:
			tr.report(tid, w)
			if tr.reports++; tr.reports%roundEvery == 0 && len(tr.tasks) > 1 {
				tr.round()
			}
		}
	}
}

// roundEvery is how many reports are taken as they come before everybody gets a turn.
const roundEvery = 32

// round handles one report of every task that has any. The kernel always offers the
// longest traced of the waiting tasks: a few that stop all the time would starve the
// others, who may be the ones they wait for.
func (tr *tracer) round() {
	tr.turn = tr.turn[:0]
	for {
		tid, w, e := waitOwn(-1, unix.WNOHANG)
		if e != 0 || tid == 0 {
			break
		}
		tr.turn = append(tr.turn, report{tid, w})
	}
	for _, r := range tr.turn {
		tr.report(r.tid, r.w)
	}
}

// report handles what wait4 said of one task.
func (tr *tracer) report(tid int, w waitStatus) {
	switch {
	case w.stopped():
		tr.stopped(tid, w)
	case w.dead():
		tr.ended(tid, w)
	}
}

// How long held tasks wait for the report of their maker: nearly always it is about
// to come. It never comes from a maker that was killed right after the birth.
const (
	pollsYielding = 50
	pollsSleeping = 40
	pollSleep     = 50 * time.Microsecond
)

// awaitMakers is called when nothing happens while tasks are held.
func (tr *tracer) awaitMakers() {
	switch tr.polls++; {
	case tr.polls <= pollsYielding:
		unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
	case tr.polls <= pollsYielding+pollsSleeping:
		time.Sleep(pollSleep)
	default:
		tr.adopt()
	}
}

// stopped handles one stop of one task, and continues it.
func (tr *tracer) stopped(tid int, w waitStatus) {
	t := tr.task(tid)
	if t == nil {
		// A new task's first stop overtook the report of its maker.
		t = &tracee{tid: tid, held: true, first: w}
		if len(tr.held) == 0 {
			tr.polls = 0
		}
		tr.tasks[tid], tr.held[tid] = t, t
		tr.live.addUnknown(tid)
		return
	}
	tr.dispatch(t, w)
}

func (tr *tracer) dispatch(t *tracee, w waitStatus) {
	if t.proc == nil { // on its way out
		tr.resume(t, 0)
		return
	}
	if !t.begun {
		tr.begin(t)
	}
	sig := w.stopSig()
	switch w.event() {
	case unix.PTRACE_EVENT_SECCOMP:
		tr.callStop(t)
	case 0:
		if w.syscallStop() {
			tr.endStop(t)
			return
		}
		if tr.started && tr.opt.Deliver != nil && !tr.opt.Deliver(t.tid, syscall.Signal(sig)) {
			tr.resume(t, 0)
			return
		}
		tr.emitSignal(KindSignal, t, sig)
		tr.resume(t, sig)
	case unix.PTRACE_EVENT_CLONE, unix.PTRACE_EVENT_FORK, unix.PTRACE_EVENT_VFORK:
		tr.madeStop(t, w.event())
	case unix.PTRACE_EVENT_EXEC:
		tr.execStop(t)
	case unix.PTRACE_EVENT_EXIT:
		tr.exitStop(t)
	case unix.PTRACE_EVENT_STOP:
		tr.eventStop(t, sig)
	default:
		tr.resume(t, 0)
	}
}

// eventStop handles PTRACE_EVENT_STOP: the start of a task, or job control.
func (tr *tracer) eventStop(t *tracee, sig int) {
	switch syscall.Signal(sig) {
	case syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		// A group stop. It lasts until SIGCONT, as natively.
		ptrace(unix.PTRACE_LISTEN, t.tid, 0, 0)
	default:
		tr.resume(t, 0)
	}
}

// madeStop handles the report of a task that it made another one.
func (tr *tracer) madeStop(t *tracee, event int) {
	tid, e := eventMessage(t.tid)
	if e == 0 {
		// A clone that did not stop at the filter is a thread's (argRules).
		thread := event == unix.PTRACE_EVENT_CLONE
		if t.pending && t.call.rule.class == classNewTask {
			thread = t.call.flags&unix.CLONE_THREAD != 0
			tr.finish(t, Done, int64(tid))
		}
		tr.made(t, int(tid), thread)
	}
	tr.resume(t, 0)
}

// execStop handles a successful execve, which ends all other threads of the process;
// the one that called it goes on under the leader's id.
func (tr *tracer) execStop(t *tracee) {
	if former, e := eventMessage(t.tid); e == 0 && int(former) != t.tid {
		if f := tr.tasks[int(former)]; f != nil {
			if t.pending {
				tr.giveUp(t)
			}
			t.pending, t.wantEnd, t.call = f.pending, f.wantEnd, f.call
			tr.emit(KindExit, f, 0) // no wait status will say that this id is gone
			tr.leave(f)
			tr.forget(f)
			ptrace(unix.PTRACE_SETOPTIONS, t.tid, 0, ptraceOptions|unix.PTRACE_O_TRACEEXIT)
		}
	}
	t.proc.requests = nil // credentials may be others now
	t.proc.code = nil
	if !tr.started {
		tr.start(t)
	} else if t.pending && t.call.abs != "" {
		tr.res.Execs = append(tr.res.Execs, t.call.abs)
	}
	if t.pending {
		tr.finish(t, Done, 0)
	}
	tr.checkSetUID(t)
	tr.resume(t, 0)
}

// checkSetUID notes a program that natively has other privileges than here.
func (tr *tracer) checkSetUID(t *tracee) {
	if !tr.noNewPrivs {
		return
	}
	if exe, setid := tr.proc.setID(tr.number(t.proc)); setid {
		tr.note(fmt.Sprintf("%s is a set-user-ID or set-group-ID program and ran without those privileges; trace as root to keep them", exe))
	}
}

// start is called when the shim has become the program.
func (tr *tracer) start(t *tracee) {
	tr.started = true
	tr.begun = time.Now()
	tr.res.MaxThreads = 1
	tr.ioBefore = tr.proc.io(tr.number(t.proc))
	if t.pending {
		t.call.rule.count++
	}
	for _, other := range tr.tasks {
		if other != t && other.proc == t.proc {
			tr.leave(other) // a thread of the shim's runtime
		}
	}
}

// exitStop looks at a process's memory for the last time. It is the leader's exit;
// the other threads have no such stop.
func (tr *tracer) exitStop(t *tracee) {
	if tr.started {
		number := tr.number(t.proc)
		tr.res.PeakRSS = max(tr.res.PeakRSS, tr.proc.peakRSS(number))
		tr.closing(t.proc)
		if t.tid == tr.root {
			tr.moved(number)
		}
	}
	tr.resume(t, 0)
}

// ended handles the end of a task.
func (tr *tracer) ended(tid int, w waitStatus) {
	if tid == tr.root {
		tr.res.Exit.Code, tr.res.Exit.Signal = w.code(), syscall.Signal(w.killedBy())
	}
	t := tr.tasks[tid]
	if t == nil || t.held {
		tr.diedEarly[tid] = true
	}
	if t == nil {
		return
	}
	if t.proc != nil {
		if t.pending {
			tr.giveUp(t)
		}
		if w.exited() {
			tr.emit(KindExit, t, int64(w.code()))
		} else {
			tr.emitSignal(KindExit, t, w.killedBy())
		}
	}
	tr.leave(t)
	tr.forget(t)
}

// resume lets t run on, delivering sig. A task that was killed meanwhile is no error:
// its end will be reported.
func (tr *tracer) resume(t *tracee, sig int) {
	request := unix.PTRACE_CONT
	if t.pending && t.wantEnd || t.restore {
		request = unix.PTRACE_SYSCALL
	}
	ptrace(request, t.tid, 0, uintptr(sig))
}

// note records that something escaped the tracer, once.
func (tr *tracer) note(sentence string) {
	if !slices.Contains(tr.res.Incomplete, sentence) {
		tr.res.Incomplete = append(tr.res.Incomplete, sentence)
	}
}
