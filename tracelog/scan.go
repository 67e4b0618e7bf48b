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
	s := newScanner(r, func(it *Item) error { return fn(*it) })
	return s.scan()
}

func newScanner(r io.Reader, fn func(*Item) error) *scanner {
	return &scanner{lines: newLineReader(r), fn: fn}
}

func (s *scanner) scan() error {
	peek := bytes.TrimPrefix(s.lines.peek(), byteOrderMark)
	if s.painted = isPainted(peek); s.painted {
		peek = stripANSI(peek)
	}
	s.stamp = findStamp(peek)
	peek = s.unstampAll(peek)
	s.inOps = isOpsStart(peek)
	s.main = tracesMain(peek)
	for {
		if s.skim != nil {
			if err := s.skim.run(); err != nil {
				return err
			}
		}
		b, whole, err := s.lines.next()
		if err != nil {
			if ferr := s.flush(); ferr != nil {
				return ferr
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := s.line(b, whole, s.lines.n); err != nil {
			return err
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
	fn      func(*Item) error
	skim    *skimmer // nil when every line counts
	item    Item     // the one that is passed on next
	stamp   stampShape
	first   []byte // the first stamp
	last    []byte
	inOps   bool // before the guest's first sign
	traced  bool // a call in the new format was seen
	details bool // a detail line was seen
	painted bool // every line begins with a colour; see isPainted
	main    bool // the main thread has the id 1; see mainSigns
	stamped bool // a kernel line with a time stamp was seen
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
	for len(b) > 0 && b[len(b)-1] == '\r' && whole { // some recorders add one to what has one
		b = b[:len(b)-1]
	}
	if s.painted || n == 1 {
		b = s.plain(b, n)
	}
	if s.stamp != noStamp {
		b = s.unstamp(b)
	}
	if s.joinLines > 0 {
		return s.joinMore(b, whole, n)
	}
	return s.classify(b, whole, n, true)
}

// classify takes a whole line or what is left of one. mayJoin is false when the line
// was already found to be no call that goes on in the next line.
func (s *scanner) classify(b []byte, whole bool, n int, mayJoin bool) error {
	if len(b) == 0 {
		return s.rare(b, whole, n)
	}
	switch b[0] {
	case '[':
		f := parseCall(b, &s.item.Call)
		if f == complete {
			s.inOps, s.traced = false, true
			return s.put(ItemCall, b, n)
		}
		if f == open && mayJoin {
			if whole && bytes.Count(s.item.Call.Args, quote) == 1 {
				s.startJoin(b, n)
				return nil
			}
			// The log ends in this line, or was cut here. A line like that of a
			// program in a log without a trace is the program's.
			if !whole || s.traced && isDigits(s.item.Call.Thread) {
				return s.put(ItemCall, b, n)
			}
		}
		if t, skip := klogStamp(b); skip > 0 {
			s.stamped = true
			return s.kernel(b[skip:], t, n)
		}
	case ' ':
		if parseDetail(b, &s.item.Detail) {
			s.inOps, s.details = false, true
			if whole && mayJoin && !s.traced && bytes.Count(b, quote) == 1 {
				s.startJoin(b, n)
				return nil
			}
			return s.put(ItemDetail, b, n)
		}
		if s.main && parseMain(b, &s.item.Detail) {
			return s.mainDetail(b, n)
		}
	case '1':
		if s.main && parseMain(b, &s.item.Detail) {
			return s.mainDetail(b, n)
		}
	case 'r':
		if at := behindGitversion(b); at > 0 {
			if err := s.rare(b[:at-1], true, n); err != nil {
				return err
			}
			return s.classify(b[at:], whole, n, mayJoin)
		}
	}
	return s.rare(b, whole, n)
}

// mainDetail passes on a detail of a log whose main thread has the id 1.
func (s *scanner) mainDetail(b []byte, n int) error {
	s.inOps, s.details = false, true
	return s.put(ItemDetail, b, n)
}

func (s *scanner) startJoin(b []byte, n int) {
	s.join = append(s.join[:0], b...)
	s.joinLine, s.joinLines = n, 1
}

var quote = []byte{'"'}

// joinMore continues a call whose string holds a newline.
//
//	[2] openat(-100, "/odd
//	name "quoted" ) = 0", 0x0, 0x0) = -ENOENT
func (s *scanner) joinMore(b []byte, whole bool, n int) error {
	f := parseCall(b, &s.item.Call)
	if f != complete && !parseDetail(b, &s.item.Detail) &&
		s.joinLines < maxJoinLines && len(s.join)+len(b) < maxJoin && whole {
		s.join = append(append(s.join, '\n'), b...)
		s.joinLines++
		if parseCall(s.join, &s.item.Call) == complete {
			s.joinLines = 0
			return s.put(ItemCall, s.join, s.joinLine)
		}
		if parseDetail(s.join, &s.item.Detail) && stringEnds(s.item.Detail.Text, b) {
			s.joinLines = 0
			return s.put(ItemDetail, s.join, s.joinLine)
		}
		return nil
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
			if f := parseCall(b, &s.item.Call); f == open && (!more || s.traced) {
				if err := s.put(ItemCall, b, n); err != nil {
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

// put passes an item on, after what was held back. Call and Detail of s.item are those
// that the caller has just parsed.
func (s *scanner) put(kind ItemKind, text []byte, n int) error {
	if s.holding {
		if err := s.release(); err != nil {
			return err
		}
	}
	return s.emit(kind, text, n)
}

func (s *scanner) emit(kind ItemKind, text []byte, n int) error {
	s.item.Kind, s.item.Text, s.item.Line = kind, text, n
	return s.fn(&s.item)
}

// putOutput passes on output of the program.
func (s *scanner) putOutput(text []byte, n int, open bool) error {
	s.item.Open = open
	err := s.put(ItemOutput, text, n)
	s.item.Open = false
	return err
}

// release passes on the line that was held back.
func (s *scanner) release() error {
	s.holding = false
	open := s.item.Open
	s.item.Open = false
	err := s.emit(ItemOutput, s.hold, s.holdLine)
	s.item.Open = open
	return err
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
	s.item.Time = t
	err := s.put(ItemKernel, text, n)
	s.item.Time = 0
	return err
}

func (s *scanner) ops(b []byte, n int) error {
	return s.put(ItemOps, bytes.TrimRight(stripANSI(b), " "), n)
}
