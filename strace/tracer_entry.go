//go:build linux && (amd64 || arm64)

package strace

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// callStop handles a seccomp stop: a call is about to be made.
func (tr *tracer) callStop(t *tracee) {
	if t.pending {
		tr.giveUp(t) // its end was none of our business, or it was restarted
	}
	if e := tr.info.read(t.tid); e != 0 {
		if e == unix.EIO && !tr.started && tr.failed == nil {
			tr.failed = errors.New("the kernel lacks PTRACE_GET_SYSCALL_INFO: tracing needs Linux 5.3")
			kill(tr.root)
		}
		tr.resume(t, 0)
		return
	}
	if tr.info.op != infoSeccomp {
		// The task that stopped was killed by an execve of another thread, which now has
		// its id and is at a stop of its own, still to be reported.
		t.pending = false
		return
	}
	c := &t.call
	a, nr := abiOf(tr.info.arch, tr.info.nr)
	*c = nativeCall{rule: tr.ruleFor(a, nr), abi: a, args: tr.info.args}
	t.pending = true
	if tr.started {
		c.rule.count++
	}
	if tr.info.data != filterTag {
		// The program's own filter wants a tracer to decide; without one there is none.
		tr.decode(t)
		tr.answered(t, -int64(unix.ENOSYS), Done)
		return
	}
	tr.decode(t)
	if c.rule.grows != growsNot && tr.started {
		tr.watchGrowth(t)
	}
	if tr.consult(t, a, nr) {
		return
	}
	tr.proceed(t)
}

// consult asks Options.Answer, and reports whether it answered.
func (tr *tracer) consult(t *tracee, a abi, nr int) bool {
	if a != abiNative && tr.opt.Answer != nil && tr.started {
		tr.answered(t, -int64(unix.ENOSYS), Answered)
		return true
	}
	if !tr.started || a != abiNative || nr < 0 || nr >= len(tr.answerable) || !tr.answerable[nr] {
		return false
	}
	tr.ask = Call{Nr: nr, Name: t.call.rule.name, Args: t.call.args, TID: t.tid, ReadString: tr.askString}
	ret, ok := tr.opt.Answer(&tr.ask)
	if !ok {
		t.restore = tr.ask.Restore
		return false
	}
	tr.answered(t, ret, Answered)
	return true
}

// answered skips the pending call and reports it with the result ret.
func (tr *tracer) answered(t *tracee, ret int64, s State) {
	if e := answerCall(t.tid, ret); e != 0 && e != unix.ESRCH {
		tr.note(fmt.Sprintf("a call of %s could not be answered: %v", t.call.rule.name, e))
	}
	tr.finish(t, s, ret)
	tr.resume(t, 0)
}

// proceed lets the pending call happen.
func (tr *tracer) proceed(t *tracee) {
	c := &t.call
	switch c.rule.class {
	case classFile, classMap, classChdir, classRoot, classExec:
		if c.isFdStat() {
			t.pending = false
			break
		}
		if tr.started && c.asksForLibrary() {
			c.caller = tr.caller(t)
		}
		t.wantEnd = t.restore || !tr.predict(t)
	case classNewTask:
		tr.keepTraced(t)
	default:
		tr.heed(t)
		tr.finish(t, Unknown, 0)
	}
	tr.resume(t, 0)
}

// heed reacts to calls after which the tracer sees less than everything.
func (tr *tracer) heed(t *tracee) {
	c := &t.call
	if !tr.started {
		return
	}
	switch c.rule.class {
	case classIOURing:
		tr.note("io_uring was set up: files opened through it are not seen")
	case classSeccomp:
		filter := c.rule.name == "seccomp" && c.args[0] <= unix.SECCOMP_SET_MODE_FILTER ||
			c.rule.name == "prctl" && c.args[0] == unix.PR_SET_SECCOMP
		if filter {
			tr.note("the program installed a seccomp filter of its own: calls that it answers are not seen")
		}
	case classRights:
		t.proc.requests = nil // what could be opened so far says nothing any more
	case classUnshare:
		t.proc.cwdShared, t.proc.elsewhere = true, true
	}
}

// keepTraced removes CLONE_UNTRACED: the child has our filter, and without a tracer
// every call that stops would fail with ENOSYS.
func (tr *tracer) keepTraced(t *tracee) {
	c := &t.call
	if c.flags&unix.CLONE_FS != 0 && c.flags&unix.CLONE_THREAD == 0 {
		t.proc.cwdShared = true
	}
	if c.flags&unix.CLONE_NEWNS != 0 {
		t.proc.elsewhere = true // the child's is inherited from here
	}
	if c.flags&unix.CLONE_UNTRACED == 0 || c.abi != abiNative {
		return
	}
	var e unix.Errno
	switch c.rule.name {
	case "clone":
		e = setArg0(t.tid, c.args[0]&^unix.CLONE_UNTRACED)
	case "clone3":
		e = pokeWord(t.tid, c.args[0], c.flags&^unix.CLONE_UNTRACED)
	}
	if e != 0 {
		tr.note("a process was made with CLONE_UNTRACED and could not be followed")
	}
}

// decode reads what the pending call's arguments refer to.
func (tr *tracer) decode(t *tracee) {
	c := &t.call
	s := c.rule.shape
	if c.rule.class == classNewTask {
		c.flags = tr.cloneFlags(t)
		return
	}
	if s.flags >= 0 {
		c.flags = c.args[s.flags]
	}
	switch c.rule.name {
	case "creat":
		c.flags = unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC
	case "openat2":
		c.flags, _ = readWord(t.tid, c.argument(s.how))
	}
	if c.rule.class == classMap {
		c.path = tr.mappedPath(t, int32(c.args[4]))
		c.abs = c.path
		return
	}
	if s.sun >= 0 {
		return
	}
	if s.target >= 0 {
		c.path = tr.readPath(t, s.target)
	} else if s.path >= 0 {
		c.path = tr.readPath(t, s.path)
		if !c.isFdStat() {
			c.abs = tr.resolve(t, c.path, s.dir)
		}
	}
	if s.path2 >= 0 {
		c.path2 = tr.readPath(t, s.path2)
		c.abs2 = tr.resolve(t, c.path2, s.dir2)
	}
	if c.rule.name == "fchdir" {
		c.abs = tr.fdPath(t, int32(c.args[0]))
	}
}

// readPath reads the path that argument i points at.
func (tr *tracer) readPath(t *tracee, i int8) string {
	addr := t.call.args[i]
	if addr == 0 {
		return ""
	}
	s, e := tr.strings.read(t.tid, addr)
	switch e {
	case 0, unix.ENAMETOOLONG:
	case unix.ESRCH: // killed while stopped
	case unix.EFAULT, unix.EIO:
		// Most likely the kernel will say EFAULT too; the end of the call shows.
		t.call.unreadable = true
	default:
		t.call.unreadable = true
	}
	return s
}

// cloneFlags returns the clone flags of a call that makes a task.
func (tr *tracer) cloneFlags(t *tracee) uint64 {
	c := &t.call
	switch c.rule.name {
	case "clone":
		return c.args[0]
	case "clone3":
		flags, _ := readWord(t.tid, c.args[0]) // struct clone_args starts with them
		return flags
	case "vfork":
		return unix.CLONE_VFORK | unix.CLONE_VM | uint64(unix.SIGCHLD)
	}
	return uint64(unix.SIGCHLD)
}
