//go:build linux && (amd64 || arm64)

package strace

import "golang.org/x/sys/unix"

// tracee is one thread of a traced process.
type tracee struct {
	tid     int
	proc    *tracedProc // nil while held
	begun   bool        // its first stop was seen
	held    bool        // it waits there until the report of its maker arrives
	first   waitStatus  // that stop, while held
	pending bool        // call is valid: begun, and its end not yet seen
	wantEnd bool        // the end of the pending call causes a stop
	restore bool        // its arguments were changed, and are put back at its end
	call    nativeCall
}

// tracedProc is one process.
type tracedProc struct {
	pid     int
	number  int // what the procfs calls it; 0 not asked yet, -1 unknown
	threads int

	cwd       string // "" unknown
	cwdShared bool   // somebody outside may change it: ask every time
	root      string // what "/" of the process is for the tracer; "" the same
	elsewhere bool   // its mounts may differ from the tracer's
	requests  map[request]*history

	nameless bool // it may hold files open that have no name

	opened openedFiles
	code   codeMap // nil until somebody asks for a library
}

// nativeCall is a system call under way.
type nativeCall struct {
	rule *traceRule
	abi  abi
	args [6]uint64

	path, abs, path2, abs2 string
	flags                  uint64
	unreadable             bool   // a path that the tracer could not read
	mode                   uint32 // st_mode and st_size, where the tracer looked them up
	size                   int64
	caller                 string // object that asked for a library; "" unknown
}

// task returns the tracee with this id, nil if unknown.
func (tr *tracer) task(tid int) *tracee {
	if tr.last != nil && tr.last.tid == tid {
		return tr.last
	}
	t := tr.tasks[tid]
	if t != nil {
		tr.last = t
	}
	return t
}

func (tr *tracer) forget(t *tracee) {
	delete(tr.tasks, t.tid)
	delete(tr.held, t.tid)
	if tr.last == t {
		tr.last = nil
	}
}

// newProcess registers a process, so that the end of the context can kill it.
func (tr *tracer) newProcess(pid int) *tracedProc {
	p := &tracedProc{pid: pid}
	tr.procs[pid] = p
	tr.live.add(pid)
	return p
}

// join makes t a thread of p.
func (tr *tracer) join(t *tracee, p *tracedProc) {
	t.proc = p
	p.threads++
	if tr.started {
		tr.res.MaxThreads = max(tr.res.MaxThreads, p.threads)
	}
}

// leave takes t out of its process, which is gone with its last thread.
func (tr *tracer) leave(t *tracee) {
	p := t.proc
	if p == nil {
		return
	}
	t.proc = nil
	if p.threads--; p.threads == 0 && tr.procs[p.pid] == p {
		delete(tr.procs, p.pid)
		tr.live.remove(p.pid)
	}
}

// made is called at the report of maker that it made the task tid.
func (tr *tracer) made(maker *tracee, tid int, thread bool) {
	t := tr.tasks[tid]
	if tr.diedEarly[tid] {
		delete(tr.diedEarly, tid)
		if t == nil && unix.Kill(tid, 0) == unix.ESRCH { // else the number was taken again
			return
		}
	}
	if t != nil && t.proc != nil {
		return // adopted already
	}
	if t == nil {
		t = &tracee{tid: tid}
		tr.tasks[tid] = t
	}
	p := maker.proc
	if !thread {
		p = tr.newProcess(tid)
		p.root, p.elsewhere = maker.proc.root, maker.proc.elsewhere
		p.cwd, p.cwdShared = maker.proc.cwd, maker.proc.cwdShared
		p.code = maker.proc.code // never changed in place
	}
	tr.enter(t, p, maker.tid)
}

// enter finishes the registration of t as a task of p, and lets it go if it waits.
func (tr *tracer) enter(t *tracee, p *tracedProc, maker int) {
	tr.join(t, p)
	if tr.started {
		if t.tid == p.pid {
			tr.res.Forks++
		}
		tr.emit(KindTask, t, int64(maker))
	}
	if t.held {
		tr.release(t)
	}
}

// release handles the stop at which t was held.
func (tr *tracer) release(t *tracee) {
	t.held = false
	delete(tr.held, t.tid)
	tr.dispatch(t, t.first)
}

// begin is called at the first stop of a task. It has its maker's options.
func (tr *tracer) begin(t *tracee) {
	t.begun = true
	options := uintptr(ptraceOptions)
	if t.tid == t.proc.pid {
		options |= unix.PTRACE_O_TRACEEXIT
	}
	ptrace(unix.PTRACE_SETOPTIONS, t.tid, 0, options)
}

// adopt finds a place for the held tasks whose maker died before it could report
// them.
func (tr *tracer) adopt() {
	for tid, t := range tr.held {
		var p *tracedProc
		for _, candidate := range tr.procs {
			if unix.Tgkill(candidate.pid, tid, 0) == nil {
				p = candidate
				break
			}
		}
		if p == nil {
			p = tr.newProcess(tid)
			t.proc = p
			tr.rootChanged(t)
			p.elsewhere = true
		}
		tr.enter(t, p, 0)
	}
}
