package tracelog

import (
	"bytes"
	"time"
)

// stampShape is a time stamp that whoever recorded the log put before each line.
type stampShape uint8

const (
	noStamp  stampShape = iota
	bare                // 2026-11-22T07:10:54.123456Z , docker logs -t, kubectl logs --timestamps
	withName            // 2026-11-22T07:10:54.123Z vm-1[1]: , Nov 22 07:10:54 host vm-1[1]: : the stamp, and who sent the line
)

const (
	// stampLines is how many lines are looked at.
	stampLines = 20
	// maxSender is how long the names behind a stamp may be (bytes): a host's has 253.
	maxSender = 320
	dateTime  = "2006-01-02T15:04:05"
	syslog    = "Jan _2 15:04:05 "
)

// findStamp looks whether the first lines all have a stamp, and Nanos or a machine
// speaks behind it: stamps that a program prints itself are part of its output. A
// stamp with the name of one sender and a process number on all lines is a logger's.
func findStamp(peek []byte) stampShape {
	seen, sign, signNamed := 0, false, false
	var name []byte
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
		line = bytes.TrimSuffix(line[n:], []byte{'\r'})
		k := nameLen(line)
		if seen++; seen == 1 {
			name = line[:k]
		} else if !bytes.Equal(name, line[:k]) {
			name = nil
		}
		sign = sign || isSign(line)
		signNamed = signNamed || isSign(line[k:])
	}
	switch {
	case len(name) > 0 && (signNamed && (!sign || seen > 1) || seen > 1 && bytes.HasSuffix(bytes.TrimSpace(name), []byte("]:"))):
		return withName
	case sign:
		return bare
	}
	return noStamp
}

// nameLen is the length of what a logger puts behind its stamp, and the blank after it:
//
//	vm-1[1]:
//	host vm-1:
func nameLen(b []byte) int {
	words := 0
	for i, c := range b[:min(len(b), maxSender)] {
		switch {
		case c == ' ' && i > 0 && b[i-1] == ':':
			return i + 1
		case c == ' ':
			if words++; words > 1 || i == 0 {
				return 0
			}
		case c == ':' && i+1 < len(b) && b[i+1] == ' ', c == '[', c == ']', c == '-', c == '.', c == '_', c == '/', c == '@',
			isDigit(c), 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		default:
			return 0
		}
	}
	return 0
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
	n := stampLen(b)
	if b = b[n:]; n > 0 && s == withName {
		b = b[nameLen(b):]
	}
	return b
}

// stampLen is the length of a stamp and the blank behind it: RFC 3339, the same with a
// blank for the T, without a zone or in brackets, and syslog's.
func stampLen(b []byte) int {
	if n := shapeLen(b, syslog); n > 0 {
		return n
	}
	open := len(b) > 0 && b[0] == '['
	i := 0
	if open {
		i = 1
	}
	n := shapeLen(b[i:], dateTime)
	if n == 0 {
		return 0
	}
	i += n
	if i < len(b) && (b[i] == '.' || b[i] == ',') {
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
	}
	switch {
	case open && (i == len(b) || b[i] != ']'):
		return 0
	case open:
		i++
	}
	switch {
	case i < len(b) && (b[i] == ' ' || b[i] == '\t'):
		i++
	case i < len(b):
		return 0
	}
	return i
}

// shapeLen is the length of shape where b begins like it, digits and letters being any.
func shapeLen(b []byte, shape string) int {
	if len(b) < len(shape) {
		return 0
	}
	for i, c := range []byte(shape) {
		switch {
		case isDigit(c) && isDigit(b[i]), c == b[i]:
		case c == 'T' && b[i] == ' ':
		case c == '_' && (isDigit(b[i]) || b[i] == ' '):
		case 'a' <= c|0x20 && c|0x20 <= 'z' && c != 'T' && 'a' <= b[i]|0x20 && b[i]|0x20 <= 'z':
		default:
			return 0
		}
	}
	return len(shape)
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
	if b = b[n:]; n > 0 && s.stamp == withName {
		b = b[nameLen(b):]
	}
	return b
}

// stampTime reads a stamp; zero where its offset has no colon or it is no date.
func stampTime(b []byte) time.Time {
	t, err := time.Parse(time.RFC3339Nano, string(bytes.Replace(bytes.TrimSpace(b), []byte{','}, []byte{'.'}, 1)))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
