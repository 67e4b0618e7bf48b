package tracelog

const (
	// maxText is how much of one line of output is kept; the rest of a longer one is
	// left out.
	maxText = 64 << 10
	// maxTexts bounds Console, Kernel and Ops each: when one is full, the older half of
	// what lies behind its first quarter goes. The beginning and the end of a log tell most.
	maxTexts = 1 << 18
)

// output assembles the program's lines from the pieces between which others printed.
type output struct {
	log  *Log
	text []byte
	line int  // where the line in text begins
	open bool // text is the beginning of a line
}

// add takes a piece of output that ends its line unless open.
func (o *output) add(b []byte, n int, open bool) {
	if !o.open {
		o.text, o.line = o.text[:0], n
	}
	o.text = append(o.text, b[:min(len(b), maxText-min(maxText, len(o.text)))]...)
	o.open = true
	if !open {
		o.end()
	}
}

// end closes a line that the program left open.
func (o *output) end() {
	if !o.open {
		return
	}
	o.open = false
	o.log.Console = o.keep(o.log.Console, Line{o.line, string(o.text)})
}

// keep appends a line to a list, and keeps the list within bounds.
func (o *output) keep(list []Line, l Line) []Line {
	if len(list) == maxTexts {
		const from, n = maxTexts / 4, maxTexts / 2
		o.log.DroppedLines += n
		list = append(list[:from], list[from+n:]...)
	}
	return append(list, l)
}
