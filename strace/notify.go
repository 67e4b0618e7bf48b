//go:build linux && (amd64 || arm64)

package strace

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// retNotify is what the notify engine's filter returns in place of retTrace.
const retNotify = unix.SECCOMP_RET_USER_NOTIF

// supervisor is the notify engine: it hears of calls before they are made, and lets
// them go on.
type supervisor struct {
	*tracer
	socket   int // where guard and shim connect
	guard    int // connections, -1 while there is none
	shim     int
	listener int
	guardPID int
	shimRSS  int64

	waiting    notification // the call that is handled
	exec       *tracee      // the shim, about to become the program
	generation int          // counts processes made: numbers may have been used again since
	seen       map[int]int
	ended      bool // the program ended
}

// notifyFilter is the ptrace engine's filter with another way of telling, and tells of
// exit_group, which stands in for PTRACE_EVENT_EXIT.
func notifyFilter() filterProgram {
	p := slices.Clone(newFilter([]int{unix.SYS_EXIT_GROUP}, nil))
	for i := range p {
		if p[i].Code == bpfReturn && p[i].K == retTrace {
			p[i].K = retNotify
		}
	}
	return p
}

// superviseOn runs cmd under the notify engine, on the current thread.
func superviseOn(ctx context.Context, cmd Command, opt Options, live *liveSet) (*Result, error) {
	began := time.Now()
	s := &supervisor{tracer: newTracer(opt, live), guard: -1, shim: -1, listener: -1, seen: map[int]int{}}
	s.supervised, s.mounts = true, cmd.Mounts
	s.strings.other = readProcMemory
	defer s.proc.close()
	socket, name, err := listenForShim()
	if err != nil {
		return nil, fmt.Errorf("open a socket for the tracing guard: %w", err)
	}
	s.socket = socket
	shim, err := shimArgv(cmd, notifyFilter(), name)
	if err != nil {
		s.close()
		return nil, err
	}
	argv := append([]string{guardName, name}, shim...)
	if s.guardPID, err = s.forkShim(cmd, argv); err != nil {
		s.close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { unix.Shutdown(socket, unix.SHUT_RDWR) })
	s.loop(ctx)
	stop()
	s.close() // the guard ends whoever is left
	for e := unix.EINTR; e == unix.EINTR; {
		_, _, e = waitOwn(s.guardPID, 0)
	}
	if s.failed != nil {
		return nil, s.failed
	}
	if !s.started {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := mountError(cmd); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("start the program under seccomp notification: the tracing shim ended at once; does main call strace.Shim first?")
	}
	if !s.ended { // the guard has killed it
		s.res.Exit.Signal = syscall.SIGKILL
	}
	s.note("outcomes are predicted, not observed, and ends of threads are not seen: this run was recorded by seccomp notification (--engine notify)")
	s.res.Syscalls = s.countCalls()
	s.res.Written = s.grown()
	s.res.Elapsed = time.Since(began)
	return &s.res, nil
}

func (s *supervisor) close() {
	for _, fd := range []int{s.socket, s.guard, s.shim, s.listener} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// startupPoll is how often the guard is looked after until it has connected.
const startupPoll = 50 // milliseconds

// loop handles whatever comes until nobody is left.
func (s *supervisor) loop(ctx context.Context) {
	for {
		fds := [4]unix.PollFd{
			{Fd: int32(s.socket), Events: unix.POLLIN}, {Fd: int32(s.guard), Events: unix.POLLIN},
			{Fd: int32(s.shim), Events: unix.POLLIN}, {Fd: int32(s.listener), Events: unix.POLLIN},
		}
		if s.guard >= 0 && s.listener >= 0 {
			fds[0].Events = 0 // everybody is there
		}
		timeout := -1
		if s.guard < 0 {
			timeout = startupPoll
		}
		n, err := unix.Poll(fds[:], timeout)
		if err == unix.EINTR {
			continue
		}
		if err != nil || ctx.Err() != nil {
			return
		}
		if n == 0 && s.guardGone() {
			return
		}
		if fds[0].Revents&unix.POLLIN != 0 {
			s.accept()
		}
		if fds[2].Revents != 0 {
			s.fromShim()
		}
		if fds[1].Revents != 0 && !s.fromGuard() {
			return
		}
		if fds[3].Revents&unix.POLLIN != 0 {
			s.answer()
		} else if fds[3].Revents != 0 && s.ended {
			return // the last task is gone
		} else if fds[3].Revents != 0 {
			unix.Close(s.listener) // the guard will say how it ended
			s.listener = -1
		}
	}
}

// guardGone reports whether the guard ended before it connected.
func (s *supervisor) guardGone() bool {
	pid, _, e := waitOwn(s.guardPID, unix.WNOHANG)
	return pid == s.guardPID || e == unix.ECHILD
}

// accept takes a connection; its first message says whose it is.
func (s *supervisor) accept() {
	fd, _, err := unix.Accept4(s.socket, unix.SOCK_CLOEXEC)
	if err != nil {
		return
	}
	m, passed, ok := receiveMessage(fd)
	switch {
	case ok && m.kind == messageGuard && s.guard < 0:
		s.guard, s.root = fd, int(m.value)
		return
	case ok && m.kind == messageListener && s.shim < 0 && passed >= 0:
		s.shim, s.listener, s.shimRSS = fd, passed, int64(m.extra)
		// The two sides take turns: better on one processor (Linux 6.6).
		unix.RawSyscall(unix.SYS_IOCTL, uintptr(passed), notifSetFlags, unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
		return
	case ok && m.kind == messageFailed:
		s.shimFailed(m)
	}
	unix.Close(fd)
}

// fromShim handles the shim's last word, or its silence: execve closed the socket.
func (s *supervisor) fromShim() {
	m, _, ok := receiveMessage(s.shim)
	if ok {
		s.shimFailed(m)
		return
	}
	unix.Close(s.shim)
	s.shim = -1
	if s.exec == nil || s.failed != nil {
		return
	}
	t := s.exec
	s.started, s.begun, s.res.MaxThreads = true, time.Now(), 1
	s.live.add(s.root)
	t.call.rule.count++
	s.finish(t, Predicted, 0)
}

func (s *supervisor) shimFailed(m notifyMessage) {
	op, e := "start", syscall.Errno(m.value)
	if m.extra < uint64(len(failedOps)) {
		op = failedOps[m.extra]
	}
	if m.extra == failedFilter {
		s.failed = fmt.Errorf("install the tracing filter (seccomp notification): %w; it takes Linux 5.5, and no other supervisor of this process; %w", e, ErrPtraceDenied)
		return
	}
	name := ""
	if s.exec != nil {
		name = s.exec.call.path
	}
	s.failed = &fs.PathError{Op: op, Path: name, Err: e}
}

// fromGuard reports whether the guard is still there.
func (s *supervisor) fromGuard() bool {
	m, _, ok := receiveMessage(s.guard)
	if !ok {
		return false
	}
	switch m.kind {
	case messageRead:
		s.res.BytesRead = max(0, int64(m.extra)-s.ioBefore[0])
	case messageWrote:
		s.res.BytesWritten = max(0, int64(m.extra)-s.ioBefore[1])
	}
	if m.kind != messageExit {
		return true
	}
	w := waitStatus(m.value)
	s.ended = true
	s.res.Exit.Code, s.res.Exit.Signal = w.code(), syscall.Signal(w.killedBy())
	if rss := int64(m.extra); rss > s.shimRSS { // else it may have been the shim's
		s.res.PeakRSS = max(s.res.PeakRSS, rss)
	}
	s.live.remove(s.root)
	if t := s.tasks[s.root]; t != nil && s.started {
		if w.exited() {
			s.emit(KindExit, t, int64(w.code()))
		} else {
			s.emitSignal(KindExit, t, w.killedBy())
		}
	}
	return true
}

// answer handles one call that waits.
func (s *supervisor) answer() {
	n := &s.waiting
	if n.receive(s.listener) != 0 {
		return // it was killed meanwhile
	}
	if n.pid != 0 {
		s.call(n)
	}
	n.letGo(s.listener)
}

// call reports the call that n tells of.
func (s *supervisor) call(n *notification) {
	t := s.task(int(n.pid))
	c := &t.call
	a, nr := abiOf(n.arch, uint64(uint32(n.nr)))
	*c = nativeCall{rule: s.ruleFor(a, nr), abi: a, args: n.args}
	if a != abiNative {
		for i := range c.args {
			c.args[i] &= 0xffffffff
		}
	}
	t.pending = true
	s.decode(t)
	if !s.started {
		s.exec = t
		s.ioBefore = s.proc.io(s.number(t.proc))
		return
	}
	if c.rule.name == "exit_group" {
		s.leaving(t)
		return
	}
	c.rule.count++
	if c.rule.grows != growsNot {
		s.watchGrowth(t)
	}
	switch c.rule.class {
	case classFile, classChdir, classRoot, classExec:
		if c.isFdStat() {
			t.pending = false
			return
		}
		s.predicted(t)
	case classMap:
		s.finish(t, Predicted, int64(c.args[0]))
	case classNewTask:
		s.newTask(t)
	default:
		s.heed(t)
		s.finish(t, Unknown, 0)
	}
}

// leaving looks at a process for the last time.
func (s *supervisor) leaving(t *tracee) {
	t.pending = false
	s.res.PeakRSS = max(s.res.PeakRSS, s.proc.peakRSS(s.number(t.proc)))
	s.checkHandlers(t.proc)
	s.closing(t.proc)
	if t.proc.pid != s.root { // of whose end the guard tells
		s.emit(KindExit, t, int64(t.call.args[0]&0xff))
	}
}

// frequentSignals are those that programs send themselves: timers, children, job queues.
// The others end a program, or come from outside.
const frequentSignals = 1<<(unix.SIGALRM-1) | 1<<(unix.SIGVTALRM-1) | 1<<(unix.SIGPROF-1) | 1<<(unix.SIGCHLD-1) |
	1<<(unix.SIGUSR1-1) | 1<<(unix.SIGUSR2-1) | 1<<(unix.SIGIO-1) | 1<<(unix.SIGURG-1) | ^uint64(1<<33-1)

// checkHandlers notes a program whose handlers may have interrupted calls that no signal
// interrupts natively. WAIT_KILLABLE_RECV protects a call only from when the supervisor
// has received it.
func (s *supervisor) checkHandlers(p *tracedProc) {
	status, err := s.proc.readFile(strconv.Itoa(s.number(p)) + "/status")
	if err != nil {
		return
	}
	if caught, err := strconv.ParseUint(field(status, "SigCgt:"), 16, 64); err == nil && caught&frequentSignals != 0 {
		s.note("handlers of signals were installed: without SA_RESTART they may have made calls such as open and stat fail with EINTR, which natively they do not")
	}
}

// predicted reports a call that names a file.
func (s *supervisor) predicted(t *tracee) {
	c := &t.call
	ret, known := s.outcome(t)
	if !known {
		s.finish(t, Unknown, 0)
		return
	}
	class, abs := c.rule.class, c.abs
	s.finish(t, Predicted, ret)
	if ret < 0 {
		return
	}
	switch class {
	case classExec:
		s.res.Execs = append(s.res.Execs, abs)
		var st unix.Stat_t
		if s.noNewPrivs && unix.Stat(abs, &st) == nil && st.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 {
			s.note(fmt.Sprintf("%s is a set-user-ID or set-group-ID program and ran without those privileges; trace as root to keep them", abs))
		}
	case classRoot:
		t.proc.elsewhere = true
	case classFile:
		if isOpen(c.rule.name) {
			t.proc.opened.add(assumedFD, abs)
		}
	}
}

func isOpen(name string) bool { return name == "open" || name == "openat" || name == "openat2" }

// newTask counts what a fork or a clone makes.
func (s *supervisor) newTask(t *tracee) {
	c := &t.call
	if c.flags&unix.CLONE_THREAD != 0 {
		if n := s.threadsOf(t.proc); n > 0 {
			s.res.MaxThreads = max(s.res.MaxThreads, n+1)
		}
	} else {
		s.res.Forks++
		s.generation++
	}
	if c.flags&unix.CLONE_NEWNS != 0 {
		t.proc.elsewhere = true
	}
	s.finish(t, Unknown, 0)
}

// threadsOf returns how many threads p has: /proc/PID/task has a link from each.
func (s *supervisor) threadsOf(p *tracedProc) int {
	var st unix.Stat_t
	if s.proc.fd < 0 || unix.Fstatat(s.proc.fd, strconv.Itoa(s.number(p))+"/task", &st, 0) != nil {
		return 0
	}
	return int(st.Nlink) - 2
}

// task returns the task with this id, new or known. Its process is asked for again
// when processes were made since: the number may be another's.
func (s *supervisor) task(tid int) *tracee {
	t := s.tasks[tid]
	if t != nil && s.seen[tid] == s.generation {
		return t
	}
	s.seen[tid] = s.generation
	pid, parent := s.processOf(tid)
	if t != nil && t.proc.pid == pid {
		return t
	}
	t = &tracee{tid: tid, begun: true}
	s.tasks[tid] = t
	p := s.procs[pid]
	if p == nil {
		p = &tracedProc{pid: pid, cwdShared: true}
		if maker := s.procs[parent]; maker != nil {
			p.elsewhere = maker.elsewhere
		}
		s.procs[pid] = p
	} else {
		parent = pid
	}
	t.proc = p
	if tid != s.root {
		s.emit(KindTask, t, int64(parent))
	}
	return t
}

// processOf returns the process of a task, and that one's parent.
func (s *supervisor) processOf(tid int) (pid, parent int) {
	pid = tid
	if s.proc.fd < 0 || s.proc.outer {
		return pid, 0
	}
	text, err := s.proc.readFile(strconv.Itoa(tid) + "/status")
	if err != nil {
		return pid, 0
	}
	if n, err := strconv.Atoi(field(text, "Tgid:")); err == nil && n > 0 {
		pid = n
	}
	parent, _ = strconv.Atoi(field(text, "PPid:"))
	return pid, parent
}

// readProcMemory reads as readMemory does, where a seccomp profile refuses that call.
func readProcMemory(tid int, addr uint64, b []byte) (int, unix.Errno) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/mem", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, unix.EACCES
	}
	defer unix.Close(fd)
	n, err := unix.Pread(fd, b, int64(addr))
	if err != nil {
		return 0, unix.EFAULT
	}
	return n, 0
}
