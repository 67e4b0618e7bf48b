package tracelog

import "bytes"

// oldKind is what a line of the old trace is to the call of its thread.
type oldKind uint8

const (
	oldRemarks oldKind = iota // tells of the call that the thread is in
	oldBegins
	oldReturns
	oldOther // nosyscall, invalid syscall, signals
)

// oldKindOf sorts the text of a line; at is the call that begins, ret what one returned.
func oldKindOf(t []byte) (kind oldKind, at int, ret int64) {
	if at := names.find(t); at >= 0 {
		return oldBegins, at, 0
	}
	switch t[0] {
	case 'd':
		if rest, ok := bytes.CutPrefix(t, []byte("direct return: ")); ok {
			return oldReturns, 0, leadingNumber(rest)
		}
	case 'n', 'i', 's':
		for _, p := range []string{"nosyscall ", "invalid syscall ", "syscall ", "signal "} {
			if len(t) > len(p) && string(t[:len(p)]) == p {
				return oldOther, 0, 0
			}
		}
	case ' ':
		if isFate(t) {
			return oldOther, 0, 0
		}
	}
	if i := bytes.IndexByte(t, '"'); i >= 0 && bytes.IndexByte(t[i+1:], '"') < 0 { // a path may go on in the next line
		return oldOther, 0, 0
	}
	return oldRemarks, 0, 0
}

// leadingNumber is leadingInt for what may be an address.
func leadingNumber(b []byte) int64 {
	n, neg := int64(0), false
	if len(b) > 0 && b[0] == '-' {
		neg, b = true, b[1:]
	}
	for i := 0; i < len(b) && i < 18 && isDigit(b[i]); i++ {
		n = n*10 + int64(b[i]-'0')
	}
	if neg {
		return -n
	}
	return n
}

// oldTells says what is to become of a finished call of the old trace: a call that
// tells nothing is passed over; else sum stands for those that are alike, of which the
// middle keeps up to limit. remark is what an Event has as its arguments.
func oldTells(at int, remark []byte, ret int64) (tells bool, sum uint64, limit int32) {
	class := classOf[at]
	if ret < 0 && ret >= -maxErrno {
		return true, sumOf(uint64(-ret)<<32|uint64(at), remark), limitOf(class)
	}
	switch class {
	case skimLittle, skimCloses, skimNewFD:
		return false, 0, 0
	case skimMaps:
		if bytes.Contains(remark, []byte("fd -1,")) {
			return false, 0, 0
		}
	}
	return true, sumOf(uint64(at), remark), maxPathCalls
}

// oldDetail takes a line of the old trace. It knows no more than skimmer.oldLine.
func (z *sifter) oldDetail(l span) bool {
	d := &z.detail
	kind, at, ret := oldKindOf(d.Text)
	if kind == oldOther {
		return false
	}
	s := z.slotOf([2]uint64{uint64(d.TID), 1}, none)
	if s == nil {
		return false
	}
	switch kind {
	case oldBegins:
		if classOf[at] == skimNever || s.id != none && !z.oldEnd(s, 0) {
			return false
		}
		if !s.began {
			s.began = true
			z.effect(effect{kind: callBegins, n: int32(d.TID)})
		}
		z.wait(l, z.begin(s, int32(at)))
	case oldReturns:
		return s.id != none && z.oldEnd(s, ret)
	default:
		if s.id == none {
			return false
		}
		if c := &z.opens[s.id]; c.remark.end == 0 && len(d.Text) <= maxOldRaw && isArguments(d.Text) {
			end := l.at + int32(len(trimCR(z.c.data[l.at:l.end])))
			c.remark = span{end - int32(len(d.Text)), end}
		}
		z.wait(l, s.id)
	}
	return true
}

// oldEnd ends the call of a thread if it needs no look.
func (z *sifter) oldEnd(s *threadSlot, ret int64) bool {
	c := &z.opens[s.id]
	if tells, sum, limit := oldTells(int(c.name), z.c.data[c.remark.at:c.remark.end], ret); tells && !z.full(int(c.name), sum, limit) {
		return false
	}
	c.open = false
	s.id = none
	z.calls++
	return true
}

// oldPending is a call of the old trace that nothing was built of yet.
type oldPending struct {
	raw    []byte // its lines so far, with line ends
	remark []byte // its arguments
	line   int
	name   int // place in the table of names
	open   bool
}

// maxOldRaw bounds oldPending.raw: entry and two or three lines of details.
const maxOldRaw = 16 << 10

// oldLine takes a line of the old trace, or leaves it to the scanner.
func (k *skimmer) oldLine(b []byte, d Detail, n int) bool {
	kind, at, ret := oldKindOf(d.Text)
	p := k.old[d.TID]
	open := p != nil && p.open
	switch kind {
	case oldBegins:
		k.oldBegins(d.TID)
		if classOf[at] == skimNever || p == nil && len(k.old) >= maxThreads {
			return false
		}
		if p == nil {
			p = new(oldPending)
			k.old[d.TID] = p
		}
		p.raw, p.remark = append(append(p.raw[:0], b...), '\n'), p.remark[:0]
		p.line, p.name, p.open = n, at, true
		return true
	case oldReturns:
		if open {
			k.oldEnd(d.TID, p, ret, true)
		}
		return open
	case oldRemarks:
		if open && len(p.raw)+len(b) <= maxOldRaw {
			p.raw = append(append(p.raw, b...), '\n')
			if len(p.remark) == 0 && isArguments(d.Text) {
				p.remark = append(p.remark, d.Text...)
			}
		}
		return open
	}
	return false
}

// oldBegins ends the call that a thread was in when it begins another.
func (k *skimmer) oldBegins(tid int) {
	if p := k.old[tid]; p != nil && p.open {
		k.oldEnd(tid, p, 0, false)
	}
	k.b.oldClose(tid)
}

// oldEnd drops a call, or builds it if it tells something that the middle has room for.
func (k *skimmer) oldEnd(tid int, p *oldPending, ret int64, known bool) {
	if tells, sum, limit := oldTells(p.name, p.remark, ret); !tells || !k.keep(p.name, sum, limit) {
		p.open = false
		k.b.events.dropped++
		return
	}
	k.oldBuild(p)
	if known {
		k.b.oldReturn(Detail{TID: tid}, ret)
	} else {
		k.b.oldClose(tid)
	}
}

// settleOld builds the call that a thread is in, for a line that the scanner took apart.
func (k *skimmer) settleOld(tid int) {
	if p := k.old[tid]; p != nil && p.open {
		k.oldBuild(p)
	}
}

// oldBuild makes the event of a call that is still open.
func (k *skimmer) oldBuild(p *oldPending) {
	p.open = false
	k.b.late = true
	var d Detail
	for rest := p.raw; len(rest) > 0; {
		var b []byte
		b, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if parseDetail(b, &d) {
			k.b.oldDetail(d, p.line)
		}
	}
}
