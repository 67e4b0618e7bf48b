package tracelog

import (
	"bytes"

	"github.com/nanodiag/nanodiag/strace"
)

// A log of gigabytes is read in three parts. The head and the tail are kept in full:
// the program starts in the one, and fails in the other. Of what lies between, calls
// that succeed and name no path are counted and not built, like the lines in which the
// same call fails again and again; everything else is kept as far as the bounds go.
type limits struct {
	headEvents, headTexts int // calls and lines of output in the head
	tailBytes             int
	soloChunks            int // how much of the middle is sifted before others are set to work
	buf                   int // size of the buffer, 0 = as usual
}

// usualLimits: most programs have started, or failed, before their 16,384th call; what
// they look for in vain or open later is kept in the middle too. Twice as much took a
// quarter of the time that a log of 340 MB takes. What is left of a log of 8 MB is done
// before others are at work.
var usualLimits = limits{headEvents: 1 << 14, headTexts: 1 << 16, tailBytes: 1 << 20, soloChunks: 16}

const (
	// middleEvents bounds the list where the middle ends; the tail must fit behind it.
	middleEvents = maxEvents / 4
	// maxAlike is how often one line, but for its thread, is kept in the middle.
	maxAlike = 8
	// maxPathCalls and maxOtherCalls bound what the middle keeps of each system call, so
	// that a program which polls does not crowd out the look-up that mattered.
	maxPathCalls  = 1 << 14
	maxOtherCalls = 1 << 11
	// alikeSlots is the size of the table of lines kept, maxProbes how far it is searched.
	// Where it is full, lines count as new.
	alikeSlots = 1 << 15
	maxProbes  = 8
)

// skimClass says what a call means to whoever reads only what tells something.
type skimClass uint8

const (
	skimNever  skimClass = iota // taken apart always: it moves the working directory, starts or ends something
	skimLittle                  // nothing when it succeeds
	skimCloses                  // success frees the descriptor in its argument
	skimNewFD                   // success gives a descriptor without a path
	skimMaps                    // success matters when a file is mapped
	skimOpens                   // success gives a descriptor with a path
	skimPath                    // has a path
)

// skimClasses names the calls that are not skimLittle.
var skimClasses = map[skimClass][]string{
	skimNever: {
		"exit", "exit_group", "clone", "clone3", "fork", "vfork", "execve", "execveat", "chdir", "fchdir",
		"dup", "dup2", "dup3", "fcntl", "rename", "renameat", "renameat2", "symlink", "symlinkat", "listen", "connect",
	},
	skimCloses: {"close"},
	skimNewFD:  {"socket", "accept", "accept4", "epoll_create1", "eventfd2"},
	skimMaps:   {"mmap"},
	skimOpens:  {"open", "openat", "creat"},
}

// classOf is skimClasses by place in the table of names.
var classOf = func() (by [len(nameTable{}.slots)]skimClass) {
	for i, name := range names.slots {
		if name == "" {
			continue
		}
		by[i] = skimLittle
		if s, ok := argShapes[name]; ok && s.path != none {
			by[i] = skimPath
		}
		for class, list := range skimClasses {
			for _, n := range list {
				if n == name {
					by[i] = class
				}
			}
		}
	}
	return by
}()

// limitOf is how many failures of a call the middle keeps.
func limitOf(c skimClass) int32 {
	if c >= skimOpens {
		return maxPathCalls
	}
	return maxOtherCalls
}

// skimmer passes over the lines of the middle for the builder b. Its verdict on a line
// is that of the scanner: what it does not know at once, the scanner takes.
type skimmer struct {
	limits
	*skimTable // made when the head is full
	s          *scanner
	b          *builder
	pending    map[string]*pendingCalls // new format, by thread
	old        map[int]*oldPending      // old format, by thread
	sifters    sifters
}

func newSkimmer(s *scanner, b *builder, limits limits) *skimmer {
	return &skimmer{limits: limits, s: s, b: b, pending: map[string]*pendingCalls{}, old: map[int]*oldPending{}}
}

// mode says what can be passed over now.
func (k *skimmer) mode() siftMode {
	m := siftMode{details: k.s.details, stamped: k.s.stamped, stamp: k.s.stamp != noStamp}
	if k.b.atBoot || k.s.main || k.s.painted { // the first line of a boot counts, and all of logs of those kinds
		return m
	}
	if len(k.b.events.list) >= k.headEvents {
		switch {
		case k.s.traced && k.b.log.Format == FormatNew, k.s.details && k.b.log.Format == FormatOld:
			m.calls = k.b.log.Format
		}
	}
	texts := &k.b.text.texts
	if !texts.skims && (len(texts.list) >= k.headTexts || texts.bytes > maxTextBytes/2) {
		texts.skims = true
	}
	m.texts = texts.skims
	return m
}

// run passes over the lines of the middle as far as they need no more than that, and as
// they are whole.
func (k *skimmer) run() error {
	l := k.s.lines
	if l.offset() >= k.until() {
		k.stop()
		return nil
	}
	if l.mid {
		return nil
	}
	if m := k.mode(); m.calls == FormatNone && !m.texts {
		return nil
	}
	if k.skimTable == nil {
		k.skimTable = new(skimTable)
	}
	for {
		c := k.cut()
		if c == nil {
			break
		}
		if err := k.give(c); err != nil {
			return err
		}
	}
	if err := k.drain(); err != nil {
		return err
	}
	if l.offset() >= k.until() {
		k.stop()
	}
	return nil
}

// until is where the tail begins, as far as is known.
func (k *skimmer) until() int64 { return k.s.lines.known() - int64(k.tailBytes) }

// cut takes a chunk of lines that begin before the tail out of the buffer of the line
// reader; nil when there is none.
func (k *skimmer) cut() *chunk {
	l := k.s.lines
	data := l.buf[l.start:l.end]
	n := bytes.LastIndexByte(data, '\n') + 1
	if n == 0 && l.err == nil && len(data) < len(l.buf) {
		l.fill()
		data = l.buf[l.start:l.end]
		n = bytes.LastIndexByte(data, '\n') + 1
	}
	room := k.until() - l.offset()
	if room <= 0 {
		return nil
	}
	if int64(n) > room {
		n = int(room) + bytes.IndexByte(data[room-1:], '\n')
	}
	if n == 0 {
		return nil
	}
	c := k.sifters.chunk(len(l.buf))
	c.buf, l.buf = l.buf, c.buf
	c.data, c.mode = data[:n], k.mode()
	l.start, l.end = 0, copy(l.buf, data[n:])
	return c
}

// take does what the marks of a chunk say.
func (k *skimmer) take(c *chunk) error {
	l := k.s.lines
	var m mark // the one before
	m.end = -1
	base := l.n + 1
	tries := 0
	for i := 0; i < len(c.marks); i++ {
		prev := m
		m = c.marks[i]
		if m.lines > 0 && (k.mode() != c.mode || !k.clear(m.texts > prev.texts)) {
			// One line may end what stands in the way; if not, the marks are of no use.
			if tries++; tries > maxTries {
				return k.each(c.data[prev.end+1:])
			}
			first := c.data[prev.end+1:]
			first = first[:bytes.IndexByte(first, '\n')]
			c.data = c.data[int(prev.end)+1+len(first)+1:]
			if err := k.one(first); err != nil {
				return err
			}
			c.mode = k.mode()
			k.sifters.inline(k.skimTable).sift(c)
			base = l.n + 1
			m, i = mark{span: span{end: -1}}, -1
			continue
		}
		l.n += int(m.lines)
		k.b.events.dropped += int(m.calls)
		if m.lines > 0 { // else they are of the line itself
			for _, e := range c.effects[prev.effects:m.effects] {
				k.effect(c, e)
			}
		}
		k.texts(c, base, c.texts[prev.texts:m.texts])
		if int(m.at) < len(c.data) {
			if err := k.one(c.data[m.at:m.end]); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxTries is how often a chunk is sifted again.
const maxTries = 4

// clear reports whether the scanner is between lines.
func (k *skimmer) clear(texts bool) bool {
	s := k.s
	return !s.inOps && !s.holding && s.joinLines == 0 && !(texts && (k.b.text.open || s.section != noSection))
}

// effect does what a call that was passed over does.
func (k *skimmer) effect(c *chunk, e effect) {
	switch e.kind {
	case fdCloses:
		delete(k.b.paths.fds, int(e.n))
	case fdOpens:
		k.b.paths.set(int(e.n), string(c.data[e.path.at:e.path.end]))
	case callBegins:
		k.oldBegins(int(e.n))
	}
}

// texts adds the last lines of a run of output; the others would be pushed out by them.
// base is the number of the first line of the chunk.
func (k *skimmer) texts(c *chunk, base int, lines []textLine) {
	if over := len(lines) - recentTexts; over > 0 {
		k.b.text.texts.dropped += over
		lines = lines[over:]
	}
	for _, t := range lines {
		k.b.text.add(base+int(t.line), c.data[t.at:t.end])
	}
}

// each takes lines one by one.
func (k *skimmer) each(data []byte) error {
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n')
		if err := k.one(data[:n]); err != nil {
			return err
		}
		data = data[n+1:]
	}
	return nil
}

// one takes a line that needs a look.
func (k *skimmer) one(raw []byte) error {
	n := k.s.lines.n + 1
	k.s.lines.n = n
	b := trimCR(raw)
	if k.s.stamp != noStamp {
		b = k.s.unstamp(b)
	}
	if k.line(b, n) {
		return nil
	}
	return k.s.line(raw, true, n)
}

// stop is for the tail: everything counts from here on.
func (k *skimmer) stop() {
	k.settleAll()
	k.b.text.texts.stop()
	k.s.skim, k.b.skim = nil, nil
	k.sifters.stop()
}

// settleAll is for the end of a boot, or of the middle.
func (k *skimmer) settleAll() {
	for _, p := range k.pending {
		k.buildAll(p)
	}
	clear(k.pending)
	for _, p := range k.old {
		if p.open {
			k.oldBuild(p)
		}
	}
	clear(k.old)
}

// byLine orders events by the line in which they begin.
func byLine(a, b strace.Event) int { return a.Line - b.Line }
