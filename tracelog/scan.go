package tracelog

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// ItemKind says whose words an Item holds.
type ItemKind uint8

const (
	ItemOutput  ItemKind = iota // the program's output
	ItemCall                    // a call in the new trace format: see Item.Call
	ItemDetail                  // an indented trace line: see Item.Detail
	ItemKernel                  // a message of the kernel
	ItemOps                     // a line of Ops, QEMU or the firmware
	ItemDump                    // a line of a crash dump
	ItemMissing                 // a line of the missing-files block, its marks included
	ItemSummary                 // a line of the system call summary
)

// Item is a stretch of the log that one party wrote: a line, or part of a line where
// output without a newline ran into something else. It and its slices are valid only
// during the call that passes it.
type Item struct {
	Kind   ItemKind
	Open   bool          // ItemOutput: the program did not end its line here
	Line   int           // 1-based number of the log line it begins in
	Text   []byte        // without line end, time stamps of a cloud, and colours of Ops
	Time   time.Duration // ItemKernel: time since boot, where printed (0.1.53 and later)
	Call   Call          // ItemCall
	Detail Detail        // ItemDetail
}

const (
	// maxJoin and maxJoinLines bound a call whose path contains newlines: PATH_MAX is
	// 4096, but a program may pass any string.
	maxJoin      = 64 << 10
	maxJoinLines = 64
)

// Scan cuts a log into items and passes them to fn in order. It fails only where r or
// fn does; whatever the log contains, every byte of it is in some item, except for line
// ends, time stamps and colours. It takes a fixed amount of memory.
func Scan(r io.Reader, fn func(Item) error) error {
	_, err := scan(r, fn)
	return err
}

// scan also returns the number of lines.
func scan(r io.Reader, fn func(Item) error) (lines int, err error) {
	s := scanner{lines: newLineReader(r), emit: fn}
	peek := s.lines.peek()
	s.stamp = findStamp(peek)
	s.inOps = isOpsStart(s.unstampAll(peek))
	for {
		b, whole, err := s.lines.next()
		if err != nil {
			if ferr := s.flush(); ferr != nil {
				return s.lines.n, ferr
			}
			if errors.Is(err, io.EOF) {
				return s.lines.n, nil
			}
			return s.lines.n, err
		}
		if err := s.line(b, whole, s.lines.n); err != nil {
			return s.lines.n, err
		}
	}
}

// section is the block of several lines that the scanner is in.
type section uint8

const (
	noSection section = iota
	inDump
	inMissing
	inSummary
)

type scanner struct {
	lines   *lineReader
	emit    func(Item) error
	stamp   stampShape
	inOps   bool // before the guest's first sign
	traced  bool // a call in the new format was seen
	section section
	want    dumpValue // in a dump: what a torn line lacks

	// hold is an output line that the next line may turn out to belong to: an empty one
	// before a dump, or one that ends in "[" and the beginning of a thread's name.
	hold     []byte
	holdLine int
	holding  bool

	// join is a call that a newline in one of its strings cut into lines.
	join      []byte
	joinLine  int
	joinLines int
}

// line takes the next physical line, or a piece of a very long one.
func (s *scanner) line(b []byte, whole bool, n int) error {
	if len(b) > 0 && b[len(b)-1] == '\r' && whole {
		b = b[:len(b)-1]
	}
	if s.stamp != noStamp {
		b = s.stamp.strip(b)
	}
	if s.joinLines > 0 {
		return s.joinMore(b, whole, n)
	}
	return s.classify(b, whole, n, true)
}

// classify takes a whole line or what is left of one. mayJoin is false when the line
// was already found to be no call that goes on in the next line.
func (s *scanner) classify(b []byte, whole bool, n int, mayJoin bool) error {
	if len(b) > 0 {
		switch b[0] {
		case '[':
			c, f := parseCall(b)
			if f == complete {
				s.inOps, s.traced = false, true
				return s.put(Item{Kind: ItemCall, Line: n, Text: b, Call: c})
			}
			if f == open && mayJoin {
				if whole && bytes.Count(c.Args, quote) == 1 {
					s.join = append(s.join[:0], b...)
					s.joinLine, s.joinLines = n, 1
					return nil
				}
				// The log ends in this line, or was cut here. A line like that of a
				// program in a log without a trace is the program's.
				if !whole || s.traced && isDigits(c.Thread) {
					return s.put(Item{Kind: ItemCall, Line: n, Text: b, Call: c})
				}
			}
			if t, skip := klogStamp(b); skip > 0 {
				return s.kernel(b[skip:], t, n)
			}
		case ' ':
			if d, ok := parseDetail(b); ok {
				s.inOps = false
				if whole && mayJoin && bytes.Count(d.Text, quote) == 1 {
					s.join = append(s.join[:0], b...)
					s.joinLine, s.joinLines = n, 1
					return nil
				}
				return s.put(Item{Kind: ItemDetail, Line: n, Text: b, Detail: d})
			}
		}
	}
	return s.rare(b, whole, n)
}

var quote = []byte{'"'}

// joinMore continues a call whose string holds a newline.
//
//	[2] openat(-100, "/odd
//	name "quoted" ) = 0", 0x0, 0x0) = -ENOENT
func (s *scanner) joinMore(b []byte, whole bool, n int) error {
	_, f := parseCall(b)
	_, detail := parseDetail(b)
	if f != complete && !detail {
		if s.joinLines < maxJoinLines && len(s.join)+len(b) < maxJoin && whole {
			s.join = append(append(s.join, '\n'), b...)
			s.joinLines++
			if c, f := parseCall(s.join); f == complete {
				s.joinLines = 0
				return s.put(Item{Kind: ItemCall, Line: s.joinLine, Text: s.join, Call: c})
			}
			if d, ok := parseDetail(s.join); ok && stringEnds(d.Text, b) {
				s.joinLines = 0
				return s.put(Item{Kind: ItemDetail, Line: s.joinLine, Text: s.join, Detail: d})
			}
			return nil
		}
	}
	// It was not one string: a torn line, or a program that prints something similar.
	if err := s.unjoin(); err != nil {
		return err
	}
	return s.classify(b, whole, n, true)
}

// stringEnds reports whether last is the line in which the string of a detail ends.
func stringEnds(text, last []byte) bool {
	if text[0] == '"' {
		return bytes.HasSuffix(last, []byte(`" - not found`)) || bytes.HasSuffix(last, []byte(" is not a directory"))
	}
	return bytes.IndexByte(last, '"') >= 0
}

// unjoin gives the lines that joinMore collected back one by one.
func (s *scanner) unjoin() error {
	n := s.joinLine
	first := true
	s.joinLines = 0
	for rest, more := s.join, true; more; n++ {
		var b []byte
		b, rest, more = bytes.Cut(rest, []byte{'\n'})
		if first {
			first = false
			if c, f := parseCall(b); f == open && (!more || s.traced) {
				if err := s.put(Item{Kind: ItemCall, Line: n, Text: b, Call: c}); err != nil {
					return err
				}
				continue
			}
		}
		if err := s.classify(b, true, n, false); err != nil {
			return err
		}
	}
	return nil
}

// put passes an item on, after what was held back.
func (s *scanner) put(it Item) error {
	if s.holding {
		if err := s.release(); err != nil {
			return err
		}
	}
	return s.emit(it)
}

func (s *scanner) release() error {
	s.holding = false
	return s.emit(Item{Kind: ItemOutput, Line: s.holdLine, Text: s.hold})
}

// flush passes on what is left at the end of the log.
func (s *scanner) flush() error {
	if s.joinLines > 0 {
		if err := s.unjoin(); err != nil {
			return err
		}
	}
	if s.holding {
		return s.release()
	}
	return nil
}

func (s *scanner) kernel(text []byte, t time.Duration, n int) error {
	s.inOps = false
	return s.put(Item{Kind: ItemKernel, Line: n, Text: text, Time: t})
}

func (s *scanner) ops(b []byte, n int) error {
	return s.put(Item{Kind: ItemOps, Line: n, Text: bytes.TrimRight(stripANSI(b), " ")})
}
