package tracelog

import (
	"bytes"
	"time"
)

// stampShape is a time stamp that whoever recorded the log put before each line.
type stampShape uint8

const (
	noStamp stampShape = iota
	rfc3339            // 2026-11-22T07:10:54.123456Z , docker logs -t, kubectl logs --timestamps
)

const (
	// stampLines is how many lines are looked at.
	stampLines = 20
	dateTime   = "2006-01-02T15:04:05"
)

// findStamp looks whether the first lines all have a stamp, and Nanos or a machine
// speaks behind it: stamps that a program prints itself are part of its output.
func findStamp(peek []byte) stampShape {
	seen, sign := 0, false
	for len(peek) > 0 && seen < stampLines {
		line, rest, whole := bytes.Cut(peek, []byte{'\n'})
		if !whole && seen > 0 {
			break
		}
		peek = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		n := stampLen(line)
		if n == 0 {
			return noStamp
		}
		seen++
		sign = sign || isSign(bytes.TrimSuffix(line[n:], []byte{'\r'}))
	}
	if !sign {
		return noStamp
	}
	return rfc3339
}

// isSign reports whether a line can come from nobody but Nanos, Ops or a machine.
func isSign(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if _, n := klogStamp(b); n > 0 {
		return true
	}
	if at, ok := assigned(b); ok && at == 0 {
		return true
	}
	return parseCall(b, new(Call)) == complete || parseDetail(b, new(Detail)) || isDumpHead(b) ||
		isMachineLine(b) || hasAny(stripANSI(b), opsFirst)
}

// strip takes the stamp off a line; a line without one stays as it is.
func (s stampShape) strip(b []byte) []byte {
	if s == noStamp {
		return b
	}
	return b[stampLen(b):]
}

// stampLen is the length of an RFC 3339 stamp and the blank behind it.
func stampLen(b []byte) int {
	if len(b) < len(dateTime)+1 {
		return 0
	}
	for i, c := range []byte(dateTime) {
		digit := isDigit(b[i])
		if isDigit(c) {
			if !digit {
				return 0
			}
		} else if b[i] != c {
			return 0
		}
	}
	i := len(dateTime)
	if b[i] == '.' || b[i] == ',' {
		for i++; i < len(b) && isDigit(b[i]); i++ {
		}
	}
	switch {
	case i < len(b) && b[i] == 'Z':
		i++
	case i+6 <= len(b) && (b[i] == '+' || b[i] == '-') && b[i+3] == ':':
		i += 6
	case i+5 <= len(b) && (b[i] == '+' || b[i] == '-'):
		i += 5
	default:
		return 0
	}
	if i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	return i
}

// unstampAll is strip for the lines of the peeked beginning.
func (s *scanner) unstampAll(peek []byte) []byte {
	if s.stamp == noStamp {
		return peek
	}
	out := make([]byte, 0, len(peek))
	for len(peek) > 0 {
		line, rest, _ := bytes.Cut(peek, []byte{'\n'})
		peek = rest
		out = append(append(out, s.stamp.strip(line)...), '\n')
	}
	return out
}

// unstamp takes the stamp off a line and remembers it.
func (s *scanner) unstamp(b []byte) []byte {
	n := stampLen(b)
	if n > 0 {
		if s.first == nil {
			s.first = bytes.Clone(b[:n])
		}
		s.last = append(s.last[:0], b[:n]...)
	}
	return b[n:]
}

// stampTime reads a stamp; zero where its offset has no colon or it is no date.
func stampTime(b []byte) time.Time {
	t, err := time.Parse(time.RFC3339Nano, string(bytes.Replace(bytes.TrimSpace(b), []byte{','}, []byte{'.'}, 1)))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
