package tracelog

import (
	"bytes"
	"encoding/binary"

	"github.com/nanodiag/nanodiag/strace"
)

// A log of gigabytes is read in three parts. The head and the tail are kept in full:
// the program starts in the one, and fails in the other. Of what lies between, calls
// that succeed and name no path are counted and not built, like the lines in which the
// same call fails again and again; everything else is kept as far as the bounds go.
type limits struct {
	headEvents, headTexts int // calls and lines of output in the head
	tailBytes             int
}

// usualLimits: the largest trace that a person looked at had 30,000 calls, and as many
// fit into the tail.
var usualLimits = limits{headEvents: 1 << 15, headTexts: 1 << 16, tailBytes: 2 << 20}

const (
	// middleEvents bounds the list where the middle ends; the tail must fit behind it.
	middleEvents = maxEvents / 4
	// maxAlike is how often one line, but for its thread, is kept in the middle.
	maxAlike = 8
	// maxPathCalls and maxOtherCalls bound what the middle keeps of each system call, so
	// that a program which polls does not crowd out the look-up that mattered.
	maxPathCalls  = 1 << 14
	maxOtherCalls = 1 << 11
	// alikeSlots is the size of the table of lines seen; one that collides is kept once
	// more or once less.
	alikeSlots = 1 << 14
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

// pendingCall is an unfinished call that nothing was built of yet.
type pendingCall struct {
	raw  []byte
	line int
	name int // place in the table of names
	open bool
}

// skimmer passes over the lines of the middle for the builder b. Its verdict on a line
// is that of the scanner: what it does not know at once, the scanner takes.
type skimmer struct {
	limits
	s       *scanner
	b       *builder
	calls   bool // the head of the calls is full
	pending map[string]*pendingCall
	kept    [len(nameTable{}.slots)]int32 // by place in the table of names
	alike   []alike                       // made when the head is full
}

type alike struct {
	sum   uint32
	count uint8
}

func newSkimmer(s *scanner, b *builder, limits limits) *skimmer {
	return &skimmer{limits: limits, s: s, b: b, pending: map[string]*pendingCall{}}
}

// run passes over the lines at the beginning of the buffer that need no more than that.
func (k *skimmer) run() {
	l := k.s.lines
	until := l.known() - int64(k.tailBytes)
	if l.offset() >= until {
		k.stop()
		return
	}
	if l.mid {
		return
	}
	k.calls = len(k.b.events.list) >= k.headEvents && k.s.traced && k.b.log.Format == FormatNew
	texts := &k.b.text.texts
	if !texts.skims && (len(texts.list) >= k.headTexts || texts.bytes > maxTextBytes/2) {
		texts.skims = true
	}
	if !k.calls && !texts.skims {
		return
	}
	if k.alike == nil {
		k.alike = make([]alike, alikeSlots)
	}
	for l.offset() < until {
		i := bytes.IndexByte(l.buf[l.start:l.end], '\n')
		if i < 0 {
			return
		}
		b := l.buf[l.start : l.start+i]
		if k.s.stamp != noStamp {
			b = k.s.unstamp(b)
		}
		if !k.line(b, l.n+1) {
			return
		}
		l.start += i + 1
		l.n++
	}
	k.stop()
}

// line takes a whole line, or leaves it to the scanner.
func (k *skimmer) line(b []byte, n int) bool {
	s := k.s
	if len(b) < 8 || b[len(b)-1] == '\r' || s.inOps || s.holding || s.joinLines > 0 {
		return false
	}
	switch b[0] {
	case '[':
		if k.calls && k.call(b, n) {
			return true
		}
		if _, stamp := klogStamp(b); stamp > 0 || parseCall(b, &s.item.Call) != noCall {
			return false
		}
	case ' ':
		if parseDetail(b, &s.item.Detail) {
			return k.calls && s.details && tellsNothing(s.item.Detail)
		}
	}
	if !k.b.text.skims || k.b.text.open || s.section != noSection || !s.isPlain(b) {
		return false
	}
	k.b.text.add(n, b)
	return true
}

// call passes over a line of the new trace, if it is complete and tells little.
func (k *skimmer) call(b []byte, n int) bool {
	end := bytes.IndexByte(b[:min(len(b), maxThreadName+2)], ']')
	if end < 2 || end+4 >= len(b) || b[end+1] != ' ' {
		return false
	}
	thread := b[1:end]
	if bytes.IndexByte(thread, '[') >= 0 {
		return false
	}
	p := end + 2
	if b[p] == '<' {
		return k.resumed(b, thread)
	}
	paren := bytes.IndexByte(b[p:min(len(b), p+33)], '(')
	if paren < 2 {
		return false
	}
	at := names.find(b[p : p+paren])
	if at < 0 {
		return false
	}
	args := p + paren + 1
	class := classOf[at]
	if class == skimNever {
		return false
	}
	if b[len(b)-1] == '>' {
		return class == skimLittle && k.unfinished(b, thread, at, args, n)
	}
	sp := resultAt(b, args)
	if sp < 0 {
		return false
	}
	if ret := b[sp:]; ret[0] != '-' {
		switch class {
		case skimLittle:
		case skimCloses:
			fd, ok := smallInt(b[args : sp-4])
			if !ok {
				return false
			}
			delete(k.b.paths.fds, fd)
		case skimNewFD:
			fd, ok := smallInt(ret)
			if !ok {
				return false
			}
			delete(k.b.paths.fds, fd)
		case skimMaps:
			if !bytes.HasSuffix(b[:sp-4], []byte(", -1, 0")) && k.keep(b[p:], at, maxPathCalls) {
				return false
			}
		case skimOpens:
			if k.keep(b[p:], at, maxPathCalls) || !k.opened(b[args:sp-4], ret) {
				return false
			}
		default:
			if k.keep(b[p:], at, maxPathCalls) {
				return false
			}
		}
	} else {
		limit := int32(maxOtherCalls)
		if class >= skimOpens {
			limit = maxPathCalls
		}
		if k.keep(b[p:], at, limit) {
			return false
		}
	}
	k.b.events.dropped++
	return true
}

// keep reports whether the middle has room for a call that tells something. text is
// the line behind its thread.
func (k *skimmer) keep(text []byte, at int, limit int32) bool {
	if k.kept[at] >= limit || len(k.b.events.list) >= middleEvents {
		return false
	}
	sum := sumOf(text)
	a := &k.alike[sum%alikeSlots]
	if a.sum != uint32(sum>>32) {
		*a = alike{sum: uint32(sum >> 32)}
	}
	if a.count >= maxAlike {
		return false
	}
	a.count++
	k.kept[at]++
	return true
}

// sumOf is a hash of a line. Lines that somebody made to collide are kept once less.
func sumOf(b []byte) uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := uint64(len(b))
	for ; len(b) >= 8; b = b[8:] {
		h = (h ^ binary.LittleEndian.Uint64(b)) * odd
		h ^= h >> 29
	}
	for _, c := range b {
		h = (h ^ uint64(c)) * odd
	}
	return h ^ h>>32
}

// opened notes the path of a new descriptor, if that takes no thought.
func (k *skimmer) opened(args, ret []byte) bool {
	fd, ok := smallInt(ret)
	i, j := bytes.IndexByte(args, '"'), bytes.LastIndexByte(args, '"')
	if !ok || i < 0 || j <= i+1 || args[i+1] != '/' {
		return false
	}
	if path := args[i+1 : j]; k.b.paths.fds[fd] != string(path) {
		if s := string(path); isClean(s) {
			k.b.paths.set(fd, s)
		} else {
			return false
		}
	}
	return true
}

// unfinished remembers a call that blocks; most return and are forgotten.
func (k *skimmer) unfinished(b, thread []byte, at, args, n int) bool {
	if e := len(b) - len(unfinished); e < args || string(b[e:]) != unfinished {
		return false
	}
	c := k.pending[string(thread)]
	switch {
	case c == nil && len(k.pending) >= maxThreads, c != nil && c.open:
		return false
	case c == nil:
		c = new(pendingCall)
		k.pending[string(thread)] = c
	}
	c.raw, c.line, c.name, c.open = append(c.raw[:0], b...), n, at, true
	return true
}

// resumed takes the second half of a call that tells little.
func (k *skimmer) resumed(b, thread []byte) bool {
	c := k.pending[string(thread)]
	if c == nil || !c.open {
		return false
	}
	var call Call
	if parseCall(b, &call) == complete && call.Phase == Resumed && call.Ret != nil && call.Ret[0] != '-' &&
		string(call.Name) == names.slots[c.name] {
		c.open = false
		k.b.events.dropped++
		return true
	}
	return false
}

// settle builds the call that a thread is in, for one that the scanner has taken apart.
func (k *skimmer) settle(thread []byte) {
	if c := k.pending[string(thread)]; c != nil && c.open {
		k.build(c)
	}
}

// settleAll is for the end of a boot, or of the middle.
func (k *skimmer) settleAll() {
	for _, c := range k.pending {
		if c.open {
			k.build(c)
		}
	}
	clear(k.pending)
}

// build makes the event of an unfinished call.
func (k *skimmer) build(c *pendingCall) {
	c.open = false
	it := Item{Kind: ItemCall, Line: c.line, Text: c.raw}
	if parseCall(c.raw, &it.Call) == complete {
		k.b.call(&it)
		k.b.late = true
	}
}

// stop is for the tail: everything counts from here on.
func (k *skimmer) stop() {
	k.settleAll()
	k.b.text.texts.stop()
	k.s.skim, k.b.skim = nil, nil
}

// tellsNothing is true of a remark of the kernel between the calls of a new trace.
func tellsNothing(d Detail) bool {
	_, signal := isSignal(d.Text)
	return !signal && d.Thread == nil && !isFate(d.Text)
}

// resultAt returns where the result of a complete call begins: a number, or the name of
// an error. It agrees with parseTail; -1 leaves the decision to that.
func resultAt(b []byte, args int) int {
	stop := max(args+2, len(b)-maxRet)
	for i := len(b) - 1; i > stop; i-- {
		if b[i] != ' ' {
			continue
		}
		if b[i-1] == '=' && b[i-2] == ' ' && b[i-3] == ')' && i+1 < len(b) && isRet(b[i+1:]) {
			return i + 1
		}
		break
	}
	return -1
}

// smallInt reads a descriptor.
func smallInt(b []byte) (n int, ok bool) {
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0 && len(b) < 8
}

// byLine orders events by the line in which they begin.
func byLine(a, b strace.Event) int { return a.Line - b.Line }
