package strace

import (
	"strings"
	"time"
)

// linePrefix is what stands before the call:
//
//	25399 openat(…                                  -f -o
//	[pid 25773] openat(…                            -f to a terminal
//	25399<bash> openat(…                            --decode-pids=comm
//	25439 21:43:14.225077 (+     0.000257) brk(…    -tt -r
//	1795383794.343729 getpid(…                      -ttt
//	     0.000031 access(…                          -r
//	[00007f5b8a0d3e0b] [ 257] openat(…              -i -n
type linePrefix struct {
	tid     int // -1: the line names no task
	bracket bool
	comm    string
	clock   int64 // nanoseconds; its meaning is scale's
	scale   clockScale
	rest    string
}

type clockScale uint8

const (
	clockNone  clockScale = iota
	clockStep             // since the line before
	clockDay              // since midnight
	clockEpoch            // since 1970
)

// epochFloor tells -ttt from -r: fewer seconds than this (1973) are a difference.
const epochFloor = 100_000_000 * int64(time.Second)

func parsePrefix(line string) linePrefix {
	p := linePrefix{tid: -1}
	s := line
	// "25399 openat(": all that -f -o writes.
	if n, i := parseDigits(line); i > 0 && i < len(line) && line[i] == ' ' && n <= maxTaskID {
		for i < len(line) && line[i] == ' ' {
			i++
		}
		p.tid, s = int(n), line[i:]
		if s != "" && s[0] >= 'a' && s[0] <= 'z' {
			p.rest = s
			return p
		}
	}
	for {
		s = strings.TrimLeft(s, " ")
		if s == "" {
			p.rest = s
			return p
		}
		c := s[0]
		switch {
		case c >= 'a' && c <= 'z' || c == '<' || c == '+' || c == '-' || c == '_':
			p.rest = s
			return p
		case c >= '0' && c <= '9':
			rest, ok := p.number(s)
			if !ok {
				p.rest = s
				return p
			}
			s = rest
		case c == '[':
			rest, ok := p.bracketed(s)
			if !ok {
				p.rest = s
				return p
			}
			s = rest
		case strings.HasPrefix(s, "(+"):
			step, rest, ok := parseSeconds(strings.TrimLeft(s[2:], " "))
			if !ok || !strings.HasPrefix(rest, ")") {
				p.rest = s
				return p
			}
			if p.scale == clockNone {
				p.clock, p.scale = step, clockStep
			}
			s = rest[1:]
		default:
			p.rest = s
			return p
		}
	}
}

// number reads a task id or a time.
func (p *linePrefix) number(s string) (rest string, ok bool) {
	n, i := parseDigits(s)
	if i == len(s) {
		return "", false
	}
	switch s[i] {
	case ' ', '<':
		if p.tid >= 0 || p.scale != clockNone || n > maxTaskID {
			return "", false
		}
		p.tid = int(n)
		if s[i] == '<' {
			end := strings.IndexByte(s, '>')
			if end < 0 {
				return "", false
			}
			p.comm = s[i+1 : end]
			i = end + 1
		}
		return s[i:], true
	case ':':
		if p.scale != clockNone {
			return "", false
		}
		clock, rest, ok := parseClock(s)
		p.clock, p.scale = clock, clockDay
		return rest, ok
	case '.':
		if p.scale != clockNone {
			return "", false
		}
		clock, rest, ok := parseSeconds(s)
		p.clock, p.scale = clock, clockStep
		if clock >= epochFloor {
			p.scale = clockEpoch
		}
		return rest, ok
	}
	return "", false
}

// maxTaskID is PID_MAX_LIMIT of 64-bit Linux.
const maxTaskID = 1 << 22

func (p *linePrefix) bracketed(s string) (rest string, ok bool) {
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return "", false
	}
	inside := s[1:end]
	rest = s[end+1:]
	if id, found := strings.CutPrefix(inside, "pid "); found {
		id = strings.TrimLeft(id, " ")
		n, i := parseDigits(id)
		if i == 0 || n > maxTaskID {
			return "", false
		}
		p.tid, p.bracket = int(n), true
		p.comm = strings.Trim(id[i:], "<>")
		return rest, true
	}
	for i := 0; i < len(inside); i++ { // -i: an address; -n: a number
		c := inside[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && c != ' ' && c != '?' {
			return "", false
		}
	}
	return rest, inside != ""
}

// parseDigits reads leading decimal digits; i is their count. The value stops
// growing before it could overflow.
func parseDigits(s string) (n int64, i int) {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		if n < 1<<58 {
			n = n*10 + int64(s[i]-'0')
		}
		i++
	}
	return n, i
}

// parseSeconds reads "12.345678" into nanoseconds.
func parseSeconds(s string) (ns int64, rest string, ok bool) {
	sec, i := parseDigits(s)
	if i == 0 || sec > 1<<33 {
		return 0, "", false
	}
	ns = sec * int64(time.Second)
	if i < len(s) && s[i] == '.' {
		i++
		for unit := int64(time.Second) / 10; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			ns += int64(s[i]-'0') * unit
			unit /= 10
		}
	}
	return ns, s[i:], true
}

// parseClock reads "21:43:14" and "21:43:14.225077" into nanoseconds since midnight.
func parseClock(s string) (ns int64, rest string, ok bool) {
	hour, i := parseDigits(s)
	if i == 0 || hour > 23 || i >= len(s) || s[i] != ':' {
		return 0, "", false
	}
	s = s[i+1:]
	minute, i := parseDigits(s)
	if i == 0 || minute > 59 || i >= len(s) || s[i] != ':' {
		return 0, "", false
	}
	sec, rest, ok := parseSeconds(s[i+1:])
	return (hour*3600+minute*60)*int64(time.Second) + sec, rest, ok
}

// logClock turns the prefixes' times into time since the first event.
type logClock struct {
	started bool
	first   int64
	last    int64
}

const nanosecondsPerDay = 24 * 3600 * int64(time.Second)

func (c *logClock) at(p *linePrefix) time.Duration {
	switch p.scale {
	case clockNone:
		return time.Duration(c.last)
	case clockStep:
		if c.started {
			c.last += p.clock
		}
		c.started = true
		return time.Duration(c.last)
	}
	t := p.clock
	if !c.started {
		c.started, c.first = true, t
	}
	t -= c.first
	// A record of -t that passes midnight starts again at 0; half a day back is
	// no disorder between two tasks.
	for p.scale == clockDay && t < c.last-nanosecondsPerDay/2 {
		t += nanosecondsPerDay
	}
	c.last = t
	return time.Duration(t)
}
