package tracelog

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nanodiag/nanodiag/strace"
)

const (
	// maxBootLines bounds Log.BootLines: a reboot loop may run for days.
	maxBootLines = 1000
	// maxNames bounds MissingFiles and Summary, maxName a name in them (NAME_MAX is 255).
	maxNames = 1 << 16
	maxName  = 4 << 10
	// maxThreads bounds the tables by thread.
	maxThreads = 1 << 16
)

// Read reads a whole log. It never fails on odd content, only where r does; then the
// Log holds what was read before.
func Read(r io.Reader) (*Log, error) { return readAll(r, usualLimits) }

func readAll(r io.Reader, limits limits) (*Log, error) {
	b := newBuilder()
	s := newScanner(r, b.item)
	if limits.buf > 0 {
		s.lines.buf = make([]byte, limits.buf)
	}
	s.lines.lookAhead(limits.tailBytes)
	s.skim = newSkimmer(s, b, limits)
	b.skim = s.skim
	err := s.scan()
	if s.skim != nil {
		s.skim.stop()
	}
	b.log.Lines, b.log.Torn = s.lines.n, s.lines.mid
	b.log.First, b.log.Last = stampTime(s.first), stampTime(s.last)
	b.finish()
	return b.log, err
}

// builder makes a Log of items.
type builder struct {
	log    *Log
	text   output // of the program
	kern   texts
	opsOut texts
	events eventList
	skim   *skimmer
	late   bool // some event was built after later ones
	paths  guestPaths
	dump   crashReader

	tids map[string]int // thread name → id; 0 when several threads share the name

	atBoot   bool          // a boot was announced, the guest has not shown itself
	addr     string        // "en1: assigned 10.0.2.15" of this boot
	lastTime time.Duration // of the kernel's last stamp
	seen     evidence
	versions versions
}

func newBuilder() *builder {
	b := &builder{log: &Log{}}
	b.reset()
	return b
}

// reset forgets what belongs to one boot.
func (b *builder) reset() {
	b.paths = newGuestPaths()
	b.events.forget()
	b.tids = map[string]int{}
	b.dump = crashReader{}
	b.addr, b.lastTime = "", 0
	b.seen = evidence{opsRefused: b.seen.opsRefused}
	b.log.MissingFiles, b.log.Missing, b.log.Summary, b.log.Fate = nil, false, nil, ""
}

// guest notes that the guest shows itself in line n.
func (b *builder) guest(n int) {
	if b.log.Booted && !b.atBoot {
		return
	}
	b.boot(n)
}

func (b *builder) boot(n int) {
	b.atBoot = false
	b.log.Booted = true
	b.log.Boots++
	if len(b.log.BootLines) < maxBootLines {
		b.log.BootLines = append(b.log.BootLines, n)
	}
}

func (b *builder) item(it *Item) error {
	switch it.Kind {
	case ItemOutput:
		if len(it.Text) > 0 {
			b.guest(it.Line)
		}
		b.text.piece(it.Text, it.Line, it.Open)
	case ItemCall:
		b.guest(it.Line)
		b.log.Format = FormatNew
		b.versions.atLeast(51)
		b.call(it)
	case ItemDetail:
		b.guest(it.Line)
		b.detail(it.Detail, it.Line)
	case ItemKernel:
		b.kernel(it)
	case ItemOps:
		b.ops(it)
	case ItemDump:
		b.guest(it.Line)
		b.dumped(it)
	case ItemMissing:
		b.guest(it.Line)
		b.missing(it.Text)
	case ItemSummary:
		b.guest(it.Line)
		b.seen.orderly = true
		if c, ok := parseCount(it.Text); ok && c.Name != summaryTotal && len(b.log.Summary) < maxNames {
			b.log.Summary = append(b.log.Summary, c)
		}
	}
	return nil
}

// call takes a line of the new trace.
func (b *builder) call(it *Item) {
	c := &it.Call
	if b.skim != nil && (c.Phase == Resumed || c.Phase == Unfinished) {
		b.skim.settle(c.Thread)
	}
	if c.Phase == Resumed && b.resume(c) {
		return
	}
	e := strace.Event{Line: it.Line}
	c.Decode(&e)
	if e.TID == 0 {
		e.TID = b.tids[e.Thread]
	}
	b.paths.resolve(&e)
	i := b.events.add(e)
	if c.Phase == Unfinished {
		b.events.block(c.key(), i)
	}
	if e.State == strace.Done {
		b.paths.done(&e)
	}
	if e.Name == "exit_group" {
		b.seen.exited = true
	}
}

// key identifies the call that a thread is in. Threads of one name cannot be told apart.
func (c *Call) key() string { return string(c.Thread) + "\x00" + string(c.Name) }

// resume completes the last unfinished call of the same thread and name.
func (b *builder) resume(c *Call) bool {
	e := b.events.unblock(c.key(), c.Ret == nil)
	if e == nil {
		return false
	}
	if c.Ret == nil { // it blocks again
		return true
	}
	if len(c.Args) > 0 {
		e.Args += string(c.Args)
	}
	c.decodeRet(e, argShapes[e.Name])
	b.paths.done(e)
	return true
}

// detail takes an indented trace line.
func (b *builder) detail(d Detail, n int) {
	if b.skim != nil {
		b.skim.settleOld(d.TID)
	}
	if len(d.Thread) > 0 && len(b.tids) < maxThreads {
		switch tid, ok := b.tids[string(d.Thread)]; {
		case !ok:
			b.tids[string(d.Thread)] = d.TID
		case tid != d.TID:
			b.tids[string(d.Thread)] = 0
		}
	}
	if sig, ok := isSignal(d.Text); ok {
		b.events.add(strace.Event{
			Kind: strace.KindSignal, Line: n, TID: d.TID, Thread: string(d.Thread), Sig: syscall.Signal(sig),
		})
		return
	}
	if isFate(d.Text) {
		b.log.Fate = strings.TrimSpace(string(d.Text))
		return
	}
	if b.log.Format == FormatNew {
		return
	}
	if b.log.Format == FormatNone {
		if !isOldOnly(d.Text) {
			return
		}
		b.log.Format = FormatOld
		b.versions.atMost(50)
	}
	b.oldDetail(d, n)
	if string(d.Text) == "exit_group" {
		b.seen.exited = true
	}
}

// isOldOnly tells a line of the old trace from the remarks that both formats print.
func isOldOnly(t []byte) bool {
	return names.lookup(t) != "" || bytes.HasPrefix(t, []byte("syscall ")) || bytes.HasPrefix(t, []byte("direct return: "))
}

// kernel takes a message of the kernel.
func (b *builder) kernel(it *Item) {
	text := string(it.Text)
	if at, ok := assigned(it.Text); ok && at == 0 {
		again := text == b.addr
		if b.log.Booted && !b.atBoot && again && !strings.Contains(after(text, "assigned "), ":") {
			b.newBoot()
		}
		b.guest(it.Line)
		if !strings.Contains(after(text, "assigned "), ":") {
			b.addr = text
		}
	}
	if it.Time != 0 && it.Time+time.Second < b.lastTime {
		b.newBoot()
	}
	b.guest(it.Line)
	b.lastTime = max(b.lastTime, it.Time)
	b.kern.add(it.Line, it.Text)
	b.seen.kernelLine(it.Text, it.Time != 0)
	b.versions.kernelLine(b.log, it.Text, it.Time != 0)
}

// newBoot is for a boot that nothing announced, in a reboot loop.
func (b *builder) newBoot() {
	if b.skim != nil {
		b.skim.settleAll()
	}
	b.text.end()
	b.reset()
	b.atBoot = true
}

// ops takes a line of Ops, QEMU or the firmware.
func (b *builder) ops(it *Item) {
	text := string(it.Text)
	if text == "" {
		return
	}
	b.opsOut.add(it.Line, it.Text)
	if isBooting(it.Text) || hasAny(it.Text, firmwareFirst) {
		if b.log.Booted && !b.atBoot {
			b.newBoot()
		}
		b.atBoot = true
	}
	b.seen.opsLine(b.log, text)
	b.versions.opsLine(b.log, text)
}

// dumped takes a line of a crash dump, or of the frame trace before an assertion.
func (b *builder) dumped(it *Item) {
	b.text.end()
	if isFate(it.Text) {
		b.log.Fate = strings.TrimSpace(string(it.Text))
	}
	if b.dump.crash == nil && !startsCrash(it.Text) {
		if len(it.Text) > 0 && !isFate(it.Text) {
			b.kern.add(it.Line, it.Text)
		}
		return
	}
	b.dump.add(it.Text, it.Line)
	b.seen.dumpLine(it.Text)
	b.versions.dumpLine(it.Text)
}

func (b *builder) missing(text []byte) {
	b.log.Missing = true
	b.seen.orderly = true
	if s := string(text[:min(len(text), maxName)]); s != missingBegin && s != missingEnd && len(b.log.MissingFiles) < maxNames {
		b.log.MissingFiles = append(b.log.MissingFiles, s)
	}
}

func (b *builder) finish() {
	b.text.end()
	l := b.log
	l.Console, l.Kernel, l.Ops = b.text.list, b.kern.list, b.opsOut.list
	l.DroppedLines = b.text.dropped + b.kern.dropped + b.opsOut.dropped
	if b.late {
		slices.SortStableFunc(b.events.list, byLine)
	}
	l.Events, l.Dropped = b.events.list, b.events.dropped
	l.Crash = b.dump.crash
	b.lastWords()
	b.seen.conclude(l)
	b.versions.conclude(l)
}

// lastWords finds Ops's report in a log whose colours were taken off: the words alone
// could be a program's, but not as the last line of a log that Ops recorded.
func (b *builder) lastWords() {
	l := b.log
	if len(l.Console) == 0 || len(l.Ops) == 0 || l.OpsExit != nil {
		return
	}
	last := l.Console[len(l.Console)-1]
	if last.N != l.Lines || !hasAny([]byte(last.Text), opsEnds) {
		return
	}
	l.Console = l.Console[:len(l.Console)-1]
	l.Ops = append(l.Ops, last)
	b.seen.opsLine(l, last.Text)
}
