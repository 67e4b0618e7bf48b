package tracelog

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
)

// siftMode is what the verdict on a line of the middle depends on besides the line.
type siftMode struct {
	calls   Format // whose calls are passed over
	texts   bool   // output is passed over
	details bool   // a detail line was seen
	stamped bool   // a kernel line with a time stamp was seen
	stamp   bool   // the lines have stamps of who recorded them
}

// chunk is a run of whole lines of the middle. A sifter finds those of them that need a
// look; all else of the middle is what its marks say. Chunks are sifted side by side,
// and taken in their order by the skimmer.
type chunk struct {
	buf     []byte // what data is part of
	data    []byte // whole lines
	mode    siftMode
	marks   []mark
	effects []effect
	texts   []textLine
	done    chan struct{}
}

// span is a line, or part of one, in chunk.data, without its line end.
type span struct{ at, end int32 }

// textLine is a line of output, the line-th of the chunk from 0 on.
type textLine struct {
	span
	line int32
}

// mark is a line that needs a look, and what the lines before it since the last mark
// come to. The last mark of a chunk has no line: it is at the end of data.
type mark struct {
	span
	lines   int32 // lines that need none
	calls   int32 // calls that ended in them
	effects int32 // end of their part of chunk.effects
	texts   int32 // end of their part of chunk.texts
}

// effect is what calls that were passed over leave behind.
type effect struct {
	kind effectKind
	n    int32 // descriptor or thread id
	path span
}

type effectKind uint8

const (
	fdCloses   effectKind = iota // descriptor n has no path
	fdOpens                      // descriptor n has this path
	callBegins                   // old format: thread n left the call that it was in
)

// skimTable says which lines the middle has enough of. What is full stays full, so that
// a sifter which reads it early never passes over what the skimmer would keep.
type skimTable struct {
	kept  [len(nameTable{}.slots)]atomic.Int32 // calls kept, by place in the table of names
	alike [alikeSlots]atomic.Uint64            // hash of a line, its last byte replaced by how often it was kept
}

// full reports whether nothing like the line with this hash will be kept again.
func (t *skimTable) full(at int, sum uint64, limit int32) bool {
	return t.kept[at].Load() >= limit || t.alike[t.slot(sum)].Load() == sum&^0xff|maxAlike
}

// fullOf is full for a line whose hash is not known: it takes one only where it matters.
func (t *skimTable) fullOf(at int, line []byte, limit int32) bool {
	return t.kept[at].Load() >= limit || t.full(at, sumOf(0, line), limit)
}

// slot is the place of a hash in alike: where it is, else the first free one. Where a
// few lines crowd it is somebody else's.
func (t *skimTable) slot(sum uint64) int {
	i := int(sum >> 32 % alikeSlots)
	for range maxProbes {
		if a := t.alike[i].Load(); a == 0 || a&^0xff == sum&^0xff {
			return i
		}
		i = (i + 1) % alikeSlots
	}
	return i
}

// take reports whether there is room for the line, and takes it.
func (t *skimTable) take(at int, sum uint64, limit int32) bool {
	if t.full(at, sum, limit) {
		return false
	}
	if i := t.slot(sum); t.alike[i].Load() == 0 {
		t.alike[i].Store(sum&^0xff | 1)
	} else if t.alike[i].Load()&^0xff == sum&^0xff {
		t.alike[i].Add(1)
	}
	t.kept[at].Add(1)
	return true
}

// sumOf is a hash of a line. Lines that somebody made to collide are kept once less.
func sumOf(h uint64, b []byte) uint64 {
	const odd = 0x9e3779b97f4a7c15
	h += uint64(len(b)) + 1
	for ; len(b) >= 8; b = b[8:] {
		h = (h ^ binary.LittleEndian.Uint64(b)) * odd
		h ^= h >> 29
	}
	for _, c := range b {
		h = (h ^ uint64(c)) * odd
	}
	return h ^ h>>32
}

// sifter goes through chunks. A call whose end is not in sight yet is open; where a line
// needs a look while it is, its lines need one too.
type sifter struct {
	*skimTable
	c     *chunk
	line  int32 // lines before the present one
	calls int32 // calls that ended in lines that need no look

	marked      int32 // lines up to the last mark, it included
	markedCalls int32
	fdEffect    [256]int32 // descriptor → 1 + its place in effects, if behind the last mark

	waiting []waiting
	opens   []openCall
	slots   [threadSlots]threadSlot
	epoch   uint32

	call   Call
	detail Detail
}

// waiting is a line of a call that was open when it came.
type waiting struct {
	mark
	id int32 // of the call
}

// openCall is a call that began behind the last mark.
type openCall struct {
	open   bool
	before int32 // old format: none; new: the call that the thread, or one of its name, was in before
	name   int32 // place in the table of names
	remark span  // old format: what an Event takes as its arguments
}

// threadSlots is how many threads are followed at a time.
const threadSlots = 256

type threadSlot struct {
	key   [2]uint64 // the thread's name or id, eight bytes each
	name  int32     // new format: the call
	epoch uint32
	id    int32 // its open call; none when there is none
	began bool  // old format: its first call in this epoch was seen
}

// sift fills c.marks.
func (z *sifter) sift(c *chunk) {
	c.marks, c.effects, c.texts = c.marks[:0], c.effects[:0], c.texts[:0]
	z.c, z.line, z.calls, z.marked, z.markedCalls = c, 0, 0, 0, 0
	z.forget()
	for at, held := 0, false; at < len(c.data); z.line++ {
		n := bytes.IndexByte(c.data[at:], '\n')
		l := span{int32(at), int32(at + n)}
		at += n + 1
		b, from := trimCR(c.data[l.at:l.end]), l.at
		if c.mode.stamp {
			skip := stampLen(b)
			b, from = b[skip:], from+int32(skip)
		}
		if !held && len(b) >= shortestCall && z.pass(b, from, l) {
			continue
		}
		z.flush()
		z.mark(z.here(l))
		held = len(b) == 0 || nameStart(b) >= 0 // the scanner may hold it back until it knows the next line
	}
	z.flush()
	z.mark(mark{span: span{int32(len(c.data)), int32(len(c.data))}, lines: z.line, calls: z.calls,
		effects: int32(len(c.effects)), texts: int32(len(c.texts))})
}

// pass reports whether a line needs no look, or not yet.
//
// b is l without its stamp, and begins at from.
func (z *sifter) pass(b []byte, from int32, l span) bool {
	switch b[0] {
	case '[':
		if z.c.mode.calls == FormatNew {
			return z.newCall(b, from, l)
		}
		if _, n := klogStamp(b); n > 0 || parseCall(b, &z.call) != noCall {
			return false
		}
	case ' ':
		if parseDetail(b, &z.detail) {
			switch z.c.mode.calls {
			case FormatNew:
				return z.c.mode.details && tellsNothing(z.detail)
			case FormatOld:
				return z.oldDetail(l)
			}
			return false
		}
	}
	if !z.c.mode.texts || !isPlain(b, z.c.mode.details, z.c.mode.stamped, &z.call, &z.detail) {
		return false
	}
	z.c.texts = append(z.c.texts, textLine{span{from, from + int32(len(b))}, z.line})
	return true
}

// here is a mark of the present line.
func (z *sifter) here(l span) mark {
	return mark{span: l, lines: z.line, calls: z.calls, effects: int32(len(z.c.effects)), texts: int32(len(z.c.texts))}
}

// mark appends a mark whose counts are still those of the chunk.
func (z *sifter) mark(m mark) {
	lines, calls := m.lines, m.calls
	m.lines -= z.marked
	m.calls -= z.markedCalls
	z.marked, z.markedCalls = lines+1, calls
	z.c.marks = append(z.c.marks, m)
}

// flush marks the lines of open calls.
func (z *sifter) flush() {
	if len(z.waiting) > 0 {
		for i := range z.waiting {
			if w := &z.waiting[i]; z.opens[w.id].open {
				z.mark(w.mark)
			}
		}
	}
	z.forget()
}

// forget starts anew behind a mark.
func (z *sifter) forget() {
	z.waiting, z.opens = z.waiting[:0], z.opens[:0]
	z.epoch++
	clear(z.fdEffect[:])
}

// wait notes a line of the open call id.
func (z *sifter) wait(l span, id int32) {
	z.waiting = append(z.waiting, waiting{z.here(l), id})
}

// slot is where the call of a thread stands; nil when too many threads are in calls.
func (z *sifter) slot(thread []byte, name int32) *threadSlot {
	var k [16]byte
	copy(k[:], thread)
	return z.slotOf([2]uint64{binary.LittleEndian.Uint64(k[:]), binary.LittleEndian.Uint64(k[8:])}, name)
}

func (z *sifter) slotOf(key [2]uint64, name int32) *threadSlot {
	const golden = 0x9e3779b97f4a7c15
	i := (key[0] ^ key[1]*31 ^ uint64(name)<<32) * golden >> 56
	for range maxProbes {
		s := &z.slots[i%threadSlots]
		if s.epoch != z.epoch {
			*s = threadSlot{key: key, name: name, epoch: z.epoch, id: none}
			return s
		}
		if s.key == key && s.name == name {
			return s
		}
		i++
	}
	return nil
}

// begin makes a call the innermost of its thread.
func (z *sifter) begin(s *threadSlot, name int32) int32 {
	id := int32(len(z.opens))
	z.opens = append(z.opens, openCall{open: true, before: s.id, name: name})
	s.id = id
	return id
}

// newCall takes a line of the new trace. It knows no more than skimmer.call.
func (z *sifter) newCall(b []byte, from int32, l span) bool {
	c, ok := lineCall(b)
	switch {
	case !ok:
		return false
	case c.half == secondHalf:
		return z.resumed(b, threadIn(b, c.p), c.p)
	case c.half == firstHalf:
		if c.class != skimLittle || !isUnfinished(b, c.args) {
			return false
		}
		s := z.slot(threadIn(b, c.p), int32(c.at))
		if s == nil {
			return false
		}
		z.wait(l, z.begin(s, int32(c.at)))
		return true
	}
	p, args, sp, at, class := c.p, c.args, c.sp, c.at, c.class
	ret := b[sp:]
	switch {
	case ret[0] == '-':
		if !z.fullOf(at, b[p:], limitOf(class)) {
			return false
		}
	case class == skimLittle:
	case class == skimCloses:
		fd, ok := smallInt(b[args : sp-4])
		if !ok {
			return false
		}
		z.effect(effect{kind: fdCloses, n: int32(fd)})
	case class == skimNewFD:
		fd, ok := smallInt(ret)
		if !ok {
			return false
		}
		z.effect(effect{kind: fdCloses, n: int32(fd)})
	case class == skimMaps && bytes.HasSuffix(b[:sp-4], []byte(", -1, 0")):
	case !z.fullOf(at, b[p:], maxPathCalls):
		return false
	case class == skimOpens:
		fd, path, ok := openedPath(b[args:sp-4], ret)
		if !ok {
			return false
		}
		from += int32(args)
		z.effect(effect{fdOpens, int32(fd), span{from + path.at, from + path.end}})
	}
	z.calls++
	return true
}

// effect notes e in place of an earlier one on the same descriptor.
func (z *sifter) effect(e effect) {
	if int(e.n) < len(z.fdEffect) {
		if i := z.fdEffect[e.n]; i > 0 {
			z.c.effects[i-1] = e
			return
		}
		z.fdEffect[e.n] = int32(len(z.c.effects)) + 1
	}
	z.c.effects = append(z.c.effects, e)
}

// resumed takes the second half of a call that tells little.
func (z *sifter) resumed(b, thread []byte, p int) bool {
	if parseResumed(b, p, &z.call) != complete || z.call.Phase != Resumed || z.call.Ret == nil || z.call.Ret[0] == '-' {
		return false
	}
	at := names.find(z.call.Name)
	if at < 0 {
		return false
	}
	s := z.slot(thread, int32(at))
	if s == nil || s.id == none {
		return false
	}
	z.opens[s.id].open = false
	s.id = z.opens[s.id].before
	z.calls++
	return true
}
