package tracelog

import "bytes"

// shortestCall is how long a line of a trace is at least.
const shortestCall = 8

// line takes a whole line, or leaves it to the scanner.
func (k *skimmer) line(b []byte, n int) bool {
	s := k.s
	if len(b) < shortestCall || !k.clear(false) {
		return false
	}
	m := k.mode()
	switch b[0] {
	case '[':
		if m.calls == FormatNew && k.call(b, n) {
			return true
		}
		if _, stamp := klogStamp(b); stamp > 0 || parseCall(b, &s.item.Call) != noCall {
			return false
		}
	case ' ':
		if d := &s.item.Detail; parseDetail(b, d) {
			return m.calls == FormatNew && m.details && tellsNothing(*d) || m.calls == FormatOld && k.oldLine(b, *d, n)
		}
	}
	if !m.texts || !k.clear(true) || !isPlain(b, m.details, m.stamped, &s.item.Call, &s.item.Detail) {
		return false
	}
	k.b.text.add(n, b)
	return true
}

// call passes over a line of the new trace, if it is complete and tells little.
func (k *skimmer) call(b []byte, n int) bool {
	c, ok := lineCall(b)
	switch {
	case !ok:
		return false
	case c.half == secondHalf:
		return k.resumed(b, threadIn(b, c.p))
	case c.half == firstHalf:
		return c.class == skimLittle && isUnfinished(b, c.args) && k.unfinished(b, threadIn(b, c.p), c.at, n)
	}
	p, args, sp, at, class := c.p, c.args, c.sp, c.at, c.class
	ret := b[sp:]
	switch {
	case ret[0] == '-':
		if k.keep(at, sumOf(0, b[p:]), limitOf(class)) {
			return false
		}
	case class == skimLittle:
	case class == skimCloses:
		fd, ok := smallInt(b[args : sp-4])
		if !ok {
			return false
		}
		delete(k.b.paths.fds, fd)
	case class == skimNewFD:
		fd, ok := smallInt(ret)
		if !ok {
			return false
		}
		delete(k.b.paths.fds, fd)
	case class == skimMaps && bytes.HasSuffix(b[:sp-4], []byte(", -1, 0")):
	case k.keep(at, sumOf(0, b[p:]), maxPathCalls):
		return false
	case class == skimOpens:
		fd, path, ok := openedPath(b[args:sp-4], ret)
		if !ok {
			return false
		}
		if p := b[args+int(path.at) : args+int(path.end)]; k.b.paths.fds[fd] != string(p) {
			k.b.paths.set(fd, string(p))
		}
	}
	k.b.events.dropped++
	return true
}

// keep reports whether the middle has room for a call that tells something.
func (k *skimmer) keep(at int, sum uint64, limit int32) bool {
	return len(k.b.events.list) < middleEvents && k.skimTable.take(at, sum, limit)
}

// callLine is a call in a line of the new trace, taken apart as far as passing over it
// needs: with offsets into the line.
type callLine struct { // as many words as fit into registers
	half  callHalf
	p     int // where the call begins; its header "[thread] " is before it
	args  int // where its arguments begin
	sp    int // where its result begins; only of a whole one
	at    int // its place in the table of names
	class skimClass
}

// callHalf says how much of a call a line holds.
type callHalf uint8

const (
	whole callHalf = iota
	firstHalf
	secondHalf
)

// lineCall takes b apart. Of a second half the thread alone is known. It reports false
// for what is no such line, or a call that none passes over.
func lineCall(b []byte) (c callLine, ok bool) {
	if c.p = headerEnd(b); c.p < 0 {
		return c, false
	}
	if b[c.p] == '<' {
		c.half = secondHalf
		return c, true
	}
	paren := nameEnd(b, c.p)
	if paren >= len(b) || b[paren] != '(' {
		return c, false
	}
	if c.at = names.find(b[c.p:paren]); c.at < 0 {
		return c, false
	}
	if c.args, c.class = paren+1, classOf[c.at]; c.class == skimNever {
		return c, false
	}
	if b[len(b)-1] == '>' {
		c.half = firstHalf
		return c, true
	}
	c.sp = resultAt(b, c.args)
	return c, c.sp >= 0
}

// tellsNothing is true of a remark of the kernel between the calls of a new trace.
func tellsNothing(d Detail) bool {
	_, signal := isSignal(d.Text)
	return !signal && d.Thread == nil && !isFate(d.Text)
}

// headerEnd is where the call begins in a line of the new trace, behind "[thread] "; -1
// where there is no header.
func headerEnd(b []byte) int {
	end := 1
	for end < len(b) && end <= maxThreadName+1 && b[end] != ']' {
		if b[end] == '[' {
			return -1
		}
		end++
	}
	if end < 2 || end+4 >= len(b) || b[end] != ']' || b[end+1] != ' ' {
		return -1
	}
	return end + 2
}

// threadIn is the thread in the header of a line whose call begins at p.
func threadIn(b []byte, p int) []byte { return b[1 : p-2] }

// isUnfinished reports whether a call whose arguments begin at args ends as one that
// blocks.
func isUnfinished(b []byte, args int) bool {
	e := len(b) - len(unfinished)
	return e >= args && string(b[e:]) == unfinished
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

// openedPath finds the path of a new descriptor, if that takes no thought.
func openedPath(args, ret []byte) (fd int, path span, ok bool) {
	fd, ok = smallInt(ret)
	i, j := bytes.IndexByte(args, '"'), bytes.LastIndexByte(args, '"')
	if !ok || i < 0 || j <= i+1 || args[i+1] != '/' || !isCleanPath(args[i+1:j]) {
		return 0, span{}, false
	}
	return fd, span{int32(i + 1), int32(j)}, true
}

func trimCR(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] == '\r' {
		return b[:len(b)-1]
	}
	return b
}
