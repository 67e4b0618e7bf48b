package strace

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// callText is a whole call as text.
type callText struct {
	name    string
	args    string
	line    int
	time    time.Duration
	decoded bool // the arguments are complete, and r.args has them
}

// call reports a call and follows what it does to its task.
func (r *logReader) call(t *task, c callText, res callResult) error {
	e := &r.ev
	*e = Event{Kind: KindCall, State: res.state, Line: c.line, Time: c.time, PID: t.pid, TID: t.tid, Thread: t.comm,
		Name: callNumber(c.name), Args: c.args, Ret: res.ret, Err: res.err}
	shape := r.shape(c.name)
	if shape != nil && c.decoded {
		r.decode(t, shape, &res)
		if e.OK() {
			r.apply(t, shape, res.note)
		}
	}
	if err := r.fn(e); err != nil {
		return err
	}
	if shape != nil && shape.effect == effectFork {
		switch {
		case e.OK() && e.Ret > 0:
			return r.forked(t, int(e.Ret), e.Flags, e.Line, e.Time)
		case e.State == Unknown: // whom it made will be heard
			r.making = append(r.making, maker{t, e.Flags, true})
			if len(r.making) > maxMaking {
				r.making = r.making[1:]
			}
		}
	}
	return nil
}

// shape looks name up. A log has a few dozen names; most are found in the slot
// that their length and ends give, without hashing.
func (r *logReader) shape(name string) *callShape {
	slot := &r.shapes[(len(name)*37+int(name[0])*5+int(name[len(name)-1]))%len(r.shapes)]
	if slot.name != name {
		slot.name, slot.shape = strings.Clone(name), callShapes[name]
	}
	return slot.shape
}

// flags is parseFlags with a memory of one.
func (r *logReader) flags(text string) uint64 {
	if text != r.flagText {
		r.flagText, r.flagBits = strings.Clone(text), parseFlags(text)
	}
	return r.flagBits
}

// callNumber turns strace's "syscall_0x1b5" into the event model's "syscall_437".
func callNumber(name string) string {
	hex, ok := strings.CutPrefix(name, "syscall_0x")
	if !ok {
		return name
	}
	var n uint64
	for hex != "" {
		d, used := hexDigits(hex[:1])
		if used == 0 || n > 1<<56 {
			return name
		}
		n, hex = n<<4|uint64(d), hex[1:]
	}
	return "syscall_" + formatUint(n)
}

// decode fills the fields of the event that come from the arguments.
func (r *logReader) decode(t *task, s *callShape, res *callResult) {
	e, a := &r.ev, &r.args
	if s.path >= 0 {
		if p, ok := pathArg(a.get(s.path)); ok {
			e.Path = p
			e.Abs = r.resolve(t, a.get(s.dir), p)
		} else if s.dir >= 0 && a.get(s.path) == "NULL" { // statx(3, NULL, AT_EMPTY_PATH, …)
			e.Abs = r.resolve(t, a.get(s.dir), "")
		}
	}
	if s.path2 >= 0 {
		if p, ok := pathArg(a.get(s.path2)); ok {
			e.Path2 = p
			e.Abs2 = r.resolve(t, a.get(s.dir2), p)
		}
	}
	if s.target >= 0 {
		e.Path, _ = pathArg(a.get(s.target))
	}
	if s.fd >= 0 {
		if fd, note, ok := descriptor(a.get(s.fd)); ok && fd >= 0 {
			f := t.file(fd, note)
			e.Abs = f.abs
			if e.Name == "mmap" {
				e.Path = f.path
			}
		}
	}
	switch {
	case s.flags >= 0:
		e.Flags = r.flags(a.get(s.flags))
	case s.how >= 0:
		e.Flags = parseFlags(statField(a.get(s.how), "flags="))
	case s.clone:
		e.Flags = parseFlags(statField(e.Args, "flags="))
	case e.Name == "creat":
		e.Flags = oWronly | oCreat | oTrunc
	}
	if s.stat >= 0 && e.Err == 0 {
		st := a.get(s.stat)
		e.Mode = parseMode(statField(st, "_mode="))
		if v, err := parseNumber(statField(st, "_size=")); err == nil {
			e.Size = v
		}
	}
	if s.sun >= 0 {
		if sun := a.get(s.sun); strings.Contains(sun, `sun_path="`) {
			sun = sun[strings.Index(sun, `sun_path="`)+len(`sun_path=`):]
			if end := endOfString(sun, 1); end > 0 {
				e.Path, _ = pathArg(sun[:end])
				e.Abs = absolute(t.fs.cwd, e.Path)
			}
		}
	}
	if s.moved && e.OK() {
		e.Size = e.Ret
	}
	// The result's annotation is the last resort: it has symlinks resolved.
	if s.effect == effectOpen && e.Abs == "" && e.OK() && e.Path != "" {
		e.Abs = annotatedPath(res.note)
	}
}

// resolve makes p absolute; dir is the text of its dir argument, "" without one.
// An empty p denotes the descriptor itself (AT_EMPTY_PATH).
func (r *logReader) resolve(t *task, dir, p string) string {
	base := t.fs.cwd
	if dir != "" {
		base = t.base(dir)
	}
	if p == "" {
		if fd, _, _ := descriptor(dir); dir == "" || fd == atFDCWD {
			return ""
		}
		return base
	}
	return absolute(base, p)
}

// apply follows the task's directory and descriptors.
func (r *logReader) apply(t *task, s *callShape, note string) {
	e, a := &r.ev, &r.args
	switch s.effect {
	case effectOpen:
		t.remember(int(e.Ret), e.Path, e.Abs)
	case effectClose:
		if fd, _, ok := descriptor(a.get(s.fd)); ok {
			t.files.set(fd, openFile{})
		}
	case effectDup, effectFcntl:
		if s.effect == effectFcntl && !strings.HasPrefix(a.get(1), "F_DUPFD") {
			return
		}
		if fd, _, ok := descriptor(a.get(s.fd)); ok {
			t.files.set(int(e.Ret), t.files.get(fd))
		}
	case effectChdir, effectFchdir:
		t.fs.cwd = strings.Clone(e.Abs)
	case effectGetcwd:
		if p, ok := pathArg(a.get(0)); ok && strings.HasPrefix(p, "/") {
			t.fs.cwd = strings.Clone(p)
		}
	case effectExec:
		t.exec()
		e.PID = t.pid
	}
}

// flush reports what is pending, in the order of the log.
func (r *logReader) flush() error {
	var waiting []*task
	for _, t := range r.tasks {
		if t.pending.line != 0 {
			waiting = append(waiting, t)
		}
	}
	slices.SortFunc(waiting, func(a, b *task) int { return cmp.Compare(a.pending.line, b.pending.line) })
	for _, t := range waiting {
		if err := r.abandon(t); err != nil {
			return err
		}
	}
	return nil
}

// abandon reports a call that never returned.
func (r *logReader) abandon(t *task) error {
	half := t.pending
	if half.line == 0 {
		return nil
	}
	t.pending = pendingCall{}
	r.forget(t)
	args := strings.TrimRight(half.args, " ,")
	r.args.scan(args, 0)
	return r.call(t, callText{name: half.name, args: args, line: half.line, time: time.Duration(half.time), decoded: true},
		callResult{state: Unfinished})
}
