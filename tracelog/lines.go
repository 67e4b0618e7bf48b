package tracelog

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
)

const (
	// bufSize is how much is read at once. A line is classified whole if it fits; the
	// longest lines of real traces carry a PATH_MAX path or a 64 KiB write.
	bufSize = 256 << 10

	// minBufSize is for short logs.
	minBufSize = 4 << 10

	// peekSize is how much of the beginning is looked at to tell how the log was
	// recorded. It must fit into bufSize.
	peekSize = 64 << 10
)

// lineReader cuts a stream into lines without copying. A line longer than the buffer
// comes in pieces, so a log of one endless line takes no more memory than any other.
type lineReader struct {
	r     io.Reader
	buf   []byte
	start int  // first byte not yet returned
	end   int  // end of valid bytes
	n     int  // number of the line last returned, 1-based
	mid   bool // the last piece did not end its line
	err   error

	given int64        // bytes that r gave
	size  int64        // bytes that r will give, -1 where it does not tell
	ahead *aheadReader // else, for whoever asks known
}

func newLineReader(r io.Reader) *lineReader {
	l := &lineReader{r: r, size: sizeOf(r)}
	n := bufSize
	if l.size >= 0 { // thousands of small logs need no large buffer each
		n = int(min(max(l.size+1, minBufSize), bufSize))
	}
	l.buf = make([]byte, n)
	return l
}

// lookAhead makes known answer: before each line, it is at least n bytes further than
// the line or the end of the log.
func (l *lineReader) lookAhead(n int) {
	if l.size < 0 {
		l.ahead = &aheadReader{r: l.r, ring: make([]byte, n+2*bufSize)} // after it gave a bufSize, more than n are left
		l.r = l.ahead
	}
}

// offset is where the next line begins, known how far the log is known to reach.
func (l *lineReader) offset() int64 { return l.given - int64(l.end-l.start) }

func (l *lineReader) known() int64 {
	if l.ahead != nil {
		return l.ahead.given
	}
	return l.size
}

// peek returns the beginning of the stream without consuming it.
func (l *lineReader) peek() []byte {
	for l.err == nil && l.end-l.start < min(peekSize, len(l.buf)) {
		l.fill()
	}
	return l.buf[l.start:min(l.end, l.start+peekSize)]
}

func (l *lineReader) fill() {
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	l.given += int64(n)
	if n == 0 && err == nil {
		return // a reader may do that once in a while; the next call tries again
	}
	l.err = err
}

// next returns the next line without its line feed; whole is false for a piece of a
// line that goes on, and for a last line that nothing ended. The bytes are valid until
// the next call.
func (l *lineReader) next() (line []byte, whole bool, err error) {
	if !l.mid {
		l.n++
	}
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.start+searched:l.end], '\n'); i >= 0 {
			line = l.buf[l.start : l.start+searched+i]
			l.start += searched + i + 1
			l.mid = false
			return line, true, nil
		}
		searched = l.end - l.start
		if l.err != nil || searched == len(l.buf) {
			break
		}
		l.fill()
	}
	if searched == 0 {
		if !l.mid {
			l.n--
		}
		if errors.Is(l.err, io.EOF) {
			return nil, false, io.EOF
		}
		return nil, false, l.err
	}
	line = l.buf[l.start:l.end]
	l.start = l.end
	l.mid = true
	return line, false, nil
}

// sized is what tells how much is left to read: a bytes.Reader, a strings.Reader.
type sized interface{ Len() int }

// sizeOf returns how many bytes r will give, -1 when it does not say.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case sized:
		return int64(r.Len())
	case interface {
		io.Seeker
		Stat() (fs.FileInfo, error)
	}:
		info, err := r.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return -1
		}
		at, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1
		}
		return info.Size() - at
	}
	return -1
}
