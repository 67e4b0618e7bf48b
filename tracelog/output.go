package tracelog

import "bytes"

const (
	// maxText is how much of one line of text is kept; the rest of a longer one is left
	// out. A single write of a program rarely has more.
	maxText = 64 << 10
	// maxTexts and maxTextBytes bound each of Console, Kernel and Ops: when one is full,
	// half of it goes, behind its first quarter. The beginning and the end tell most.
	maxTexts     = 1 << 18
	maxTextBytes = 64 << 20
)

// texts is a list of lines within bounds.
type texts struct {
	list    []Line
	bytes   int
	dropped int

	// skims is for the middle of a long log: the last lines wait in recent, a ring whose
	// oldest is at next, for what may follow them.
	skims  bool
	recent []recentLine
	next   int
}

// recentTexts is how many lines before the tail of a long log are kept.
const recentTexts = 1024

type recentLine struct {
	n    int
	text []byte
}

// wait puts a line into the ring.
func (t *texts) wait(n int, text []byte) {
	if len(t.recent) < recentTexts {
		t.recent = append(t.recent, recentLine{n, bytes.Clone(text)})
		return
	}
	r := &t.recent[t.next]
	if cap(r.text) > maxRecentText {
		r.text = nil
	}
	r.n, r.text = n, append(r.text[:0], text...)
	t.next = (t.next + 1) % recentTexts
	t.dropped++
}

// maxRecentText is how large a place in the ring stays.
const maxRecentText = 4 << 10

// stop ends the middle.
func (t *texts) stop() {
	if !t.skims {
		return
	}
	t.skims = false
	for i := range t.recent {
		r := &t.recent[(t.next+i)%len(t.recent)]
		t.add(r.n, r.text)
	}
	t.recent = nil
}

func (t *texts) add(n int, text []byte) {
	if t.skims {
		t.wait(n, text[:min(len(text), maxText)])
		return
	}
	if len(t.list) >= maxTexts || t.bytes > maxTextBytes && len(t.list) >= 4 {
		from, half := len(t.list)/4, len(t.list)/2
		for _, l := range t.list[from : from+half] {
			t.bytes -= len(l.Text)
		}
		t.dropped += half
		t.list = append(t.list[:from], t.list[from+half:]...)
	}
	text = text[:min(len(text), maxText)]
	t.bytes += len(text)
	t.list = append(t.list, Line{n, string(text)})
}

// output assembles the program's lines from the pieces between which others printed.
type output struct {
	texts
	text []byte
	line int  // where the line in text begins
	open bool // text is the beginning of a line
}

// piece takes output that ends its line unless open.
func (o *output) piece(b []byte, n int, open bool) {
	if !o.open {
		o.text, o.line = o.text[:0], n
	}
	if room := maxText - len(o.text); room > 0 {
		o.text = append(o.text, b[:min(len(b), room)]...)
	}
	o.open = true
	if !open {
		o.end()
	}
}

// end closes a line that the program left open.
func (o *output) end() {
	if o.open {
		o.open = false
		o.add(o.line, o.text)
	}
}
