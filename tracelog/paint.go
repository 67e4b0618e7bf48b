package tracelog

import "bytes"

// A terminal recorder, or a CI that colours what it shows, puts a sequence before every
// line. Ops colours single lines only, and its red line at the end says by its colour
// that it is Ops's.

// paintLines is how many lines are looked at, and how many there must be.
const (
	paintLines    = 40
	minPaintLines = 8
)

// isPainted reports whether nearly all lines of a log that begins like this begin with a
// control sequence.
func isPainted(peek []byte) bool {
	lines, painted := 0, 0
	for len(peek) > 0 && lines < paintLines {
		line, rest, _ := bytes.Cut(peek, []byte{'\n'})
		peek = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		lines++
		if bytes.HasPrefix(line, []byte("\x1b[")) {
			painted++
		}
	}
	return lines >= minPaintLines && 4*painted >= 3*lines
}

// byteOrderMark begins a file that an editor of Windows saved as UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// plain takes off what stands before a line and is no part of it.
func (s *scanner) plain(b []byte, n int) []byte {
	if n == 1 {
		b = bytes.TrimPrefix(b, byteOrderMark)
	}
	if s.painted && findOpsEnd(b) < 0 {
		b = stripANSI(b)
	}
	return b
}
