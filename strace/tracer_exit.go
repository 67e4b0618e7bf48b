//go:build linux && (amd64 || arm64)

package strace

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Results by which the kernel tells itself to restart an interrupted call; the
// program never sees them (include/linux/errno.h).
const (
	erestartSys          = 512
	erestartRestartBlock = 516
)

// endStop handles the stop at the end of a call.
func (tr *tracer) endStop(t *tracee) {
	if t.restore {
		t.restore = false
		if e := setArgs(t.tid, &t.call.args); e != 0 && e != unix.ESRCH {
			tr.note(fmt.Sprintf("the registers of %s could not be put back: %v", t.call.rule.name, e))
		}
	}
	if !t.pending || !t.wantEnd {
		tr.resume(t, 0)
		return
	}
	if e := tr.info.read(t.tid); e != 0 {
		tr.resume(t, 0)
		return
	}
	if tr.info.op == infoNone {
		return // as in callStop: another task has the id now
	}
	if tr.info.op != infoExit {
		tr.giveUp(t)
		tr.resume(t, 0)
		return
	}
	ret := int64(tr.info.nr)
	if ret <= -erestartSys && ret >= -erestartRestartBlock {
		tr.giveUp(t)
	} else {
		tr.finish(t, Done, ret)
	}
	tr.resume(t, 0)
}

// finish reports the pending call with its result.
func (tr *tracer) finish(t *tracee, s State, ret int64) {
	t.pending, t.wantEnd = false, false
	c := &t.call
	if c.rule.class == classMap && ret >= 0 && (s == Done || s == Predicted) {
		tr.noteCode(t, uint64(ret))
	}
	if ret >= 0 && c.rule.grows == growsRename && tr.started && (s == Done || s == Predicted) {
		tr.renamed(t)
	}
	if s == Done {
		if ret >= 0 {
			tr.effect(t)
			tr.noteOpened(t, ret)
		}
		if tr.started && (c.rule.class == classFile || c.rule.class == classMap) {
			tr.learn(t, ret)
		}
	}
	if c.unreadable && !(ret == -int64(unix.EFAULT)) {
		tr.note("a path of " + c.rule.name + " was unreadable (the process is not dumpable, or the memory changed)")
	}
	if !tr.started {
		tr.shimCall(c, ret)
		return
	}
	ev := tr.event(KindCall, t)
	ev.State = s
	ev.Name = c.rule.name
	ev.Path, ev.Abs, ev.Path2, ev.Abs2 = c.path, c.abs, c.path2, c.abs2
	ev.Flags = c.flags
	ev.Caller = c.caller
	ev.Mode, ev.Size = c.mode, c.size
	switch {
	case s == Unknown || s == Unfinished:
	case ret < 0 && ret >= -4095:
		ev.Ret, ev.Err = -1, syscall.Errno(-ret)
	default:
		ev.Ret = ret
		if s == Done {
			tr.stat(t, ev)
		}
	}
	tr.handle(ev)
}

// giveUp reports the pending call as one whose end was not seen.
func (tr *tracer) giveUp(t *tracee) {
	s := Unfinished
	if !t.wantEnd {
		s = Unknown
	}
	tr.finish(t, s, 0)
}

// effect keeps track of what a successful call changed.
func (tr *tracer) effect(t *tracee) {
	switch t.call.rule.class {
	case classChdir:
		t.proc.cwd = ""
	case classRoot:
		tr.rootChanged(t)
	}
}

// stat reads mode and size from the buffer that a stat call filled.
func (tr *tracer) stat(t *tracee, ev *Event) {
	c := &t.call
	at := c.rule.shape.stat
	if at < 0 || c.abi != abiNative {
		return
	}
	layout := statLayout
	if c.rule.name == "statx" {
		layout = statxLayout
	}
	b := tr.strings.buf[:layout.length]
	if n, e := readMemory(t.tid, c.args[at], b); e != 0 || n < len(b) {
		return
	}
	if layout.modeBytes == 2 {
		ev.Mode = uint32(binary.NativeEndian.Uint16(b[layout.modeAt:]))
	} else {
		ev.Mode = binary.NativeEndian.Uint32(b[layout.modeAt:])
	}
	ev.Size = int64(binary.NativeEndian.Uint64(b[layout.sizeAt:]))
}

// event returns the tracer's event, emptied, for something that t did.
func (tr *tracer) event(k Kind, t *tracee) *Event {
	tr.ev = Event{Kind: k, TID: t.tid, Time: time.Since(tr.begun)}
	if t.proc != nil {
		tr.ev.PID = t.proc.pid
	}
	return &tr.ev
}

// emit reports something other than a call.
func (tr *tracer) emit(k Kind, t *tracee, ret int64) {
	if tr.started {
		ev := tr.event(k, t)
		ev.Ret = ret
		tr.handle(ev)
	}
}

func (tr *tracer) emitSignal(k Kind, t *tracee, sig int) {
	if tr.started {
		ev := tr.event(k, t)
		ev.Sig = syscall.Signal(sig)
		tr.handle(ev)
	}
}

func (tr *tracer) handle(ev *Event) {
	if tr.opt.Handle != nil {
		tr.opt.Handle(ev)
	}
}
