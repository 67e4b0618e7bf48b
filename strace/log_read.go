package strace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ReaderOptions says what a log itself does not.
type ReaderOptions struct {
	Dir string // absolute directory in which the program was started; "" unknown: relative paths get no Abs until the log tells
}

// ErrNotALog says that the input holds nothing that strace writes.
var ErrNotALog = errors.New("not a strace log")

// ReadLog reads a log in strace(1)'s text format, as -o writes it with any of
// -f -y -yy -t -tt -ttt -r -T -i -n -k -x -xx, or as it stands on a terminal with
// the program's own output in between, and calls fn for every event in the order
// of completion. The Event is reused between calls; its strings may be kept. A
// call that was printed in two halves is one event, with the line of its first
// half. Where the log tells which task made which, a KindTask event precedes or
// follows the first call of the new one.
//
// Memory does not grow with the length of the log. It stops at the first error
// of fn or r; errors name the line. ErrNotALog is returned for other input.
func ReadLog(r io.Reader, fn func(*Event) error) error {
	return ReadLogWith(r, ReaderOptions{}, fn)
}

// ReadLogWith is ReadLog for a log of which more is known.
func ReadLogWith(r io.Reader, opt ReaderOptions, fn func(*Event) error) error {
	lr := newLogReader(opt, fn)
	if err := lr.read(r); err != nil {
		return err
	}
	return lr.finish()
}

// logReader turns lines into events. One reader may take several inputs one after
// the other (a -ff set).
type logReader struct {
	opt   ReaderOptions
	fn    func(*Event) error
	ev    Event
	args  callArgs
	line  int
	owner int // task of every line of a -ff file; -1: the lines say
	clock logClock

	tasks map[int]*task
	main  *task // the first one
	last  *task // of the line before: most lines are its next
	torn  tornLine

	making []maker // calls that make a task and have not told which

	shapes   [64]shapeSlot // what earlier look-ups gave
	flagText string
	flagBits uint64

	calls    int // lines understood
	nonblank int
	sample   string // the first line that was not
}

type shapeSlot struct {
	name  string
	shape *callShape // nil: not in the table
}

// maxTasks bounds the live tasks of one log, 64 times the usual limit of a user.
const maxTasks = 1 << 18

func newLogReader(opt ReaderOptions, fn func(*Event) error) *logReader {
	return &logReader{opt: opt, fn: fn, owner: -1, tasks: map[int]*task{}}
}

// logBlock is how much is read at a time. Events point into a block, so one that
// is kept keeps its block.
const logBlock = 128 << 10

// maxLogLine bounds one line. strace's own default cuts strings at 32 bytes; a
// line of 16 MiB needs -s with millions.
const maxLogLine = 16 << 20

func (r *logReader) read(in io.Reader) error {
	buf := make([]byte, logBlock)
	fill := 0
	for {
		n, err := in.Read(buf[fill:])
		fill += n
		if err != nil && err != io.EOF {
			return fmt.Errorf("line %d: %w", r.line+1, err)
		}
		end := bytes.LastIndexByte(buf[fill-n:fill], '\n') + 1
		if end > 0 {
			end += fill - n
			if err := r.block(string(buf[:end])); err != nil {
				return err
			}
			fill = copy(buf, buf[end:fill])
		}
		if err == io.EOF {
			if fill > 0 {
				r.line++
				return r.cutLine(string(buf[:fill]))
			}
			return nil
		}
		if fill == len(buf) {
			if fill >= maxLogLine {
				return fmt.Errorf("line %d: longer than %d bytes; record again with a smaller strace -s", r.line+1, maxLogLine)
			}
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

func (r *logReader) block(text string) error {
	for text != "" {
		i := strings.IndexByte(text, '\n')
		line := text[:i]
		text = text[i+1:]
		r.line++
		if i > 0 && line[i-1] == '\r' {
			line = line[:i-1]
		}
		if line == "" {
			continue
		}
		if err := r.one(line); err != nil {
			return err
		}
	}
	return nil
}

// giveUpAfter is how many lines without a single call make something no log; a
// program may print a good deal before strace's first line on a terminal.
const giveUpAfter = 100_000

func (r *logReader) one(line string) error {
	understood, err := r.parse(line)
	if err == nil && !understood {
		understood, err = r.mend(line)
	}
	if err != nil {
		return err
	}
	if understood {
		r.calls++
		r.torn = tornLine{}
		return nil
	}
	if r.calls == 0 {
		if r.nonblank++; r.nonblank == 1 {
			r.sample = strings.Clone(line[:min(len(line), 60)])
		}
		if r.nonblank > giveUpAfter {
			return r.notALog()
		}
	}
	return nil
}

func (r *logReader) notALog() error {
	if r.nonblank == 0 {
		return fmt.Errorf("%w: it is empty; record one with: strace -f -o strace.log PROGRAM", ErrNotALog)
	}
	return fmt.Errorf("%w: no line of it is a system call (it begins with %q); record one with: strace -f -o strace.log PROGRAM", ErrNotALog, r.sample)
}

// finish reports the calls that never returned.
func (r *logReader) finish() error {
	if r.calls == 0 {
		return r.notALog()
	}
	return r.flush()
}

// parse handles one line; understood is false for a line that strace did not write.
func (r *logReader) parse(line string) (understood bool, err error) {
	if line[0] == ' ' && strings.HasPrefix(line, " > ") {
		return false, nil // -k: a stack frame
	}
	p := parsePrefix(line)
	s := p.rest
	if s == "" {
		return false, nil
	}
	switch {
	case s[0] == '<':
		return r.resumed(&p)
	case s[0] == '+':
		return r.ended(&p)
	case s[0] == '-':
		return r.signalled(&p)
	case p.tid < 0 && strings.HasPrefix(s, "strace: "):
		return r.notice(s)
	}
	name, open := callName(s)
	if open < 0 {
		return false, nil
	}
	if cut, ok := strings.CutSuffix(s, " <unfinished ...>"); ok {
		t, err := r.task(&p)
		if err != nil {
			return false, err
		}
		return true, r.suspend(t, name, cut[open+1:], r.clock.at(&p))
	}
	end := r.args.scan(s, open+1)
	if end < 0 {
		return false, nil
	}
	res, ok := parseResult(s[end+1:])
	if !ok {
		return false, nil
	}
	t, err := r.task(&p)
	if err != nil {
		return false, err
	}
	if t.pending.line != 0 {
		if err := r.abandon(t); err != nil {
			return false, err
		}
		r.args.scan(s, open+1)
	}
	return true, r.call(t, callText{name: name, args: s[open+1 : end], line: r.line, time: r.clock.at(&p), decoded: true}, res)
}

// callName returns the name of the call at the start of s and the index of its
// parenthesis; -1 where there is none.
func callName(s string) (string, int) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c == '_' || c >= '0' && c <= '9' {
			continue
		}
		if c == '(' && i > 0 {
			return s[:i], i
		}
		break
	}
	return "", -1
}

// cutLine handles a last line without a newline: whole, or cut off with the log.
func (r *logReader) cutLine(line string) error {
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return nil
	}
	understood, err := r.parse(line)
	if err != nil || understood {
		r.calls++
		return err
	}
	p := parsePrefix(line)
	if name, open := callName(p.rest); open >= 0 && r.calls > 0 {
		t, err := r.task(&p)
		if err != nil {
			return err
		}
		return r.suspend(t, name, p.rest[open+1:], r.clock.at(&p))
	}
	return r.one(line)
}

// suspend keeps the first half of a call. One that the task had under way before
// never returned: a task does one thing at a time.
func (r *logReader) suspend(t *task, name, args string, at time.Duration) error {
	if err := r.abandon(t); err != nil {
		return err
	}
	t.pending = pendingCall{name: strings.Clone(name), args: strings.Clone(args), line: r.line, time: int64(at)}
	if callEffects[name] == effectFork {
		r.making = append(r.making, maker{t, parseFlags(statField(args, "flags=")), false})
	}
	return nil
}

// resumed joins the second half of a call to its first:
//
//	25769 <... rt_sigprocmask resumed>NULL, 8) = 0
func (r *logReader) resumed(p *linePrefix) (bool, error) {
	name, ok := strings.CutPrefix(p.rest, "<... ")
	if !ok {
		return false, nil
	}
	name, tail, ok := strings.Cut(name, " resumed>")
	if _, open := callName(name + "("); !ok || open != len(name) {
		return false, nil
	}
	t, err := r.task(p)
	if err != nil {
		return false, err
	}
	at := r.clock.at(p)
	half := t.pending
	t.pending = pendingCall{}
	r.forget(t)
	if rest, ok := strings.CutPrefix(tail, " <unfinished ...>"); ok { // the task died in it
		tail = rest
	}
	text := callText{name: name, line: r.line, time: at}
	joined := tail
	if half.line != 0 && half.name == name {
		joined = half.args + tail
		text.line, text.time, text.decoded = half.line, time.Duration(half.time), true
	}
	end := r.args.scan(joined, 0)
	if end < 0 {
		return true, nil // interleaved with the program's output
	}
	res, ok := parseResult(joined[end+1:])
	if !ok {
		return true, nil
	}
	text.args = joined[:end]
	return true, r.call(t, text, res)
}

// forget drops the call by which t was making a task.
func (r *logReader) forget(t *task) {
	r.making = slices.DeleteFunc(r.making, func(m maker) bool { return m.task == t })
}
