package report

import (
	"bufio"
	"errors"
	"io"
)

// ConsoleLine is one line of a guest's log on the HTML page.
type ConsoleLine struct {
	N      int // 1-based; 0 for a gap
	Text   string
	Mark   bool // the verdict rests on it
	Anchor bool // something on the page refers to it
}

// Bounds of what the page shows of a log, which may have millions of lines: everything
// of a short one, else the end and the surroundings of the decisive lines.
const (
	maxConsole    = 600
	consoleAround = 8
	consoleEnd    = 60
	maxColumns    = 1000
)

// ReadConsole reads the part of a log that the page shows. lines is how many the log
// has; marks has the numbers of the lines to show, true for the decisive ones.
func ReadConsole(r io.Reader, lines int, marks map[int]bool) ([]ConsoleLine, error) {
	shown := func(n int) bool {
		if lines <= maxConsole || n > lines-consoleEnd {
			return true
		}
		for m := n - consoleAround; m <= n+consoleAround; m++ {
			if _, ok := marks[m]; ok {
				return true
			}
		}
		return false
	}
	var out []ConsoleLine
	gap := false
	err := eachLine(r, func(n int, text string) {
		if !shown(n) {
			gap = true
			return
		}
		if gap {
			out = append(out, ConsoleLine{})
			gap = false
		}
		out = append(out, ConsoleLine{N: n, Text: text, Mark: marks[n]})
	})
	return out, err
}

// CountLines is how many lines r has.
func CountLines(r io.Reader) (int, error) {
	lines := 0
	err := eachLine(r, func(n int, _ string) { lines = n })
	return lines, err
}

// eachLine calls fn with every line, cut to maxColumns bytes.
func eachLine(r io.Reader, fn func(n int, text string)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		var text []byte
		for {
			part, more, err := in.ReadLine()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if len(text) < maxColumns {
				text = append(text, part[:min(len(part), maxColumns-len(text))]...)
			}
			if !more {
				break
			}
		}
		fn(n, string(text))
	}
}
