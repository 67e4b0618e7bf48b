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
	// maxNames bounds MissingFiles and Summary.
	maxNames = 1 << 16
)

// Read reads a whole log. It never fails on odd content, only where r does; then the
// Log holds what was read before.
func Read(r io.Reader) (*Log, error) {
	b := newBuilder()
	lines, err := scan(r, b.item)
	b.finish()
	b.log.Lines = lines
	return b.log, err
}

// builder makes a Log of items.
type builder struct {
	log   *Log
	text  output
	paths guestPaths
	old   oldTrace
	dump  crashReader

	blocked map[string][]int // thread and call → indexes of its unfinished events
	tids    map[string]int   // thread name → id; 0 when several threads share the name

	atBoot   bool          // a boot was announced, the guest has not shown itself
	addr     string        // "en1: assigned 10.0.2.15" of this boot
	lastTime time.Duration // of the kernel's last stamp
	seen     evidence
	versions versions
}

func newBuilder() *builder {
	b := &builder{log: &Log{}}
	b.text.log = b.log
	b.reset()
	return b
}

// reset forgets what belongs to one boot.
func (b *builder) reset() {
	b.paths = newGuestPaths()
	b.old.calls = map[int]int{}
	b.blocked = map[string][]int{}
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

func (b *builder) item(it Item) error {
	switch it.Kind {
	case ItemOutput:
		if len(it.Text) > 0 {
			b.guest(it.Line)
		}
		b.text.add(it.Text, it.Line, it.Open)
	case ItemCall:
		b.guest(it.Line)
		b.log.Format = FormatNew
		b.versions.atLeast(51)
		b.call(&it)
	case ItemDetail:
		b.guest(it.Line)
		b.detail(it.Detail, it.Line)
	case ItemKernel:
		b.kernel(&it)
	case ItemOps:
		b.ops(&it)
	case ItemDump:
		b.guest(it.Line)
		b.dumped(&it)
	case ItemMissing:
		b.guest(it.Line)
		b.missing(string(it.Text))
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
	key := string(c.Thread) + "\x00" + string(c.Name)
	if c.Phase == Resumed {
		if b.resume(c, key) {
			return
		}
	}
	e := strace.Event{Line: it.Line}
	c.Decode(&e)
	if e.TID == 0 {
		e.TID = b.tids[e.Thread]
	}
	b.paths.resolve(&e)
	b.addEvent(e)
	if c.Phase == Unfinished && len(b.blocked) < maxThreads {
		b.blocked[key] = append(b.blocked[key], len(b.log.Events)-1)
	}
	if e.State == strace.Done {
		b.paths.done(&e)
	}
	if e.Name == "exit_group" {
		b.seen.exited = true
	}
}

// resume completes the last unfinished call of the same thread and name. Threads of one
// name cannot be told apart.
func (b *builder) resume(c *Call, key string) bool {
	open := b.blocked[key]
	if len(open) == 0 {
		return false
	}
	i := open[len(open)-1]
	if c.Ret == nil { // it blocks again
		return true
	}
	if len(open) == 1 {
		delete(b.blocked, key)
	} else {
		b.blocked[key] = open[:len(open)-1]
	}
	e := &b.log.Events[i]
	if len(c.Args) > 0 {
		e.Args += string(c.Args)
	}
	c.decodeRet(e, argShapes[e.Name])
	b.paths.done(e)
	return true
}

// detail takes an indented trace line.
func (b *builder) detail(d Detail, n int) {
	if len(d.Thread) > 0 && len(b.tids) < maxThreads {
		switch tid, ok := b.tids[string(d.Thread)]; {
		case !ok:
			b.tids[string(d.Thread)] = d.TID
		case tid != d.TID:
			b.tids[string(d.Thread)] = 0
		}
	}
	if sig, ok := isSignal(d.Text); ok {
		b.addEvent(strace.Event{
			Kind: strace.KindSignal, Line: n, TID: d.TID, Thread: string(d.Thread), Sig: syscall.Signal(sig),
		})
		return
	}
	if fate := strings.TrimSpace(string(d.Text)); len(d.Text) > 0 && isFate(d.Text) {
		b.log.Fate = fate
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
	b.log.Kernel = b.text.keep(b.log.Kernel, Line{it.Line, text})
	b.seen.kernelLine(it.Text)
	b.versions.kernelLine(b.log, it.Text, it.Time != 0)
}

// newBoot is for a boot that nothing announced, in a reboot loop.
func (b *builder) newBoot() {
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
	b.log.Ops = b.text.keep(b.log.Ops, Line{it.Line, text})
	if strings.HasPrefix(text, booting) && strings.HasSuffix(text, " ...") || hasAny(it.Text, firmwareFirst) {
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
			b.log.Kernel = b.text.keep(b.log.Kernel, Line{it.Line, string(it.Text)})
		}
		return
	}
	b.dump.add(it.Text, it.Line)
	b.seen.dumpLine(it.Text)
	b.versions.dumpLine(it.Text)
}

func (b *builder) missing(text string) {
	b.log.Missing = true
	b.seen.orderly = true
	if text != missingBegin && text != missingEnd && len(b.log.MissingFiles) < maxNames {
		b.log.MissingFiles = append(b.log.MissingFiles, text)
	}
}

func (b *builder) addEvent(e strace.Event) {
	b.log.Events = append(b.log.Events, e)
}

func (b *builder) finish() {
	b.text.end()
	b.log.Crash = b.dump.crash
	b.log.Console = slices.Clip(b.log.Console)
	b.seen.conclude(b.log)
	b.versions.conclude(b.log)
}
