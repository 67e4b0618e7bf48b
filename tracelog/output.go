package tracelog

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
}

func (t *texts) add(n int, text []byte) {
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
