package tracelog

import "bytes"

// Phase says which part of a call a line of the new trace format shows.
type Phase uint8

const (
	Complete   Phase = iota // [2] close(3) = 0
	Unfinished              // [2] read(3, 0x00000000ffdd2038, 832 <unfinished ...>
	Resumed                 // [2] <... read resumed>) = 832
	Gone                    // [3] exit(0) = ?
	Torn                    // the log stops or is cut inside the line
)

// Call is a line of the new trace format in its parts, undecoded. The slices are valid
// as long as the Item they come from.
type Call struct {
	Thread []byte // thread id, or the thread's name in place of it
	Name   []byte // "openat", "syscall_334"
	Args   []byte // between the parentheses; of a resumed call, what was still to print
	Ret    []byte // "3", "0x4e0e950000", "-ENOENT"; nil unless Complete or Resumed
	Phase  Phase
}

const (
	unfinished = " <unfinished ...>"

	// maxThreadName: comm names have 15 bytes (struct thread, char name[16]).
	maxThreadName = 15

	// maxRet bounds the search for a result: a 64-bit number in hex or decimal, or the
	// name of an error, is shorter.
	maxRet = 24
)

// fit is how far a line agrees with the shape of a call.
type fit uint8

const (
	noCall   fit = iota
	open         // header and name agree, the end is missing: torn, or a newline in a string
	complete     // from header to result
)

// parseCall takes a line that may be a call in the new format from its first byte on.
//
//	[2] openat(-100, "/data/input.bin", 0x0, 0x0) = -ENOENT
//	[worker-1] <... futex resumed>) = 0
func parseCall(b []byte, c *Call) fit {
	if len(b) < 8 || b[0] != '[' {
		return noCall
	}
	i := 1
	for i < 8 && isDigit(b[i]) {
		i++
	}
	if i > 1 && i < 8 && b[i] == ']' {
		return parseBody(b, 1, i, c)
	}
	// A name may contain "] " itself: the first place that a call follows is the end.
	// Brackets must match: "[signal [2] write(" is output that ran into a call.
	for i = 1; i <= maxThreadName+1 && i+1 < len(b); i++ {
		if b[i] == ']' && b[i+1] == ' ' && headerStart(b[:i]) == 0 {
			if f := parseBody(b, 1, i, c); f != noCall {
				return f
			}
		}
	}
	return noCall
}

// parseBody takes a line whose header is b[from:to] with the bracket at to.
func parseBody(b []byte, from, to int, c *Call) fit {
	p := to + 2
	if p >= len(b) || b[to+1] != ' ' {
		return noCall
	}
	c.Thread = b[from:to]
	if b[p] == '<' {
		return parseResumed(b, p, c)
	}
	n := nameEnd(b, p)
	if n >= len(b) || b[n] != '(' || !isCallName(b[p:n]) {
		return noCall
	}
	c.Name = b[p:n]
	c.Phase = Complete
	return parseTail(b, n+1, c)
}

// [2] <... clock_nanosleep resumed> NULL) = 0
func parseResumed(b []byte, p int, c *Call) fit {
	const before, after = "<... ", " resumed>"
	if !bytes.HasPrefix(b[p:], []byte(before)) {
		return noCall
	}
	p += len(before)
	n := nameEnd(b, p)
	if !bytes.HasPrefix(b[n:], []byte(after)) || !isCallName(b[p:n]) {
		return noCall
	}
	c.Name = b[p:n]
	c.Phase = Resumed
	return parseTail(b, n+len(after), c)
}

// parseTail finds the arguments and the result; args is where the arguments begin.
func parseTail(b []byte, args int, c *Call) fit {
	c.Ret = nil
	if b[len(b)-1] == '>' {
		if e := len(b) - len(unfinished); e >= args && string(b[e:]) == unfinished {
			c.Args = b[args:e]
			if c.Phase == Complete { // a resumed call may block again
				c.Phase = Unfinished
			}
			return complete
		}
	}
	stop := max(args+2, len(b)-maxRet)
	for i := len(b) - 1; i > stop; i-- {
		if b[i] != ' ' {
			continue
		}
		if b[i-1] != '=' || b[i-2] != ' ' || b[i-3] != ')' {
			break
		}
		ret := b[i+1:]
		switch {
		case len(ret) == 1 && ret[0] == '?':
			c.Phase = Gone
		case !isRet(ret):
			return noCall
		default:
			c.Ret = ret
		}
		c.Args = b[args : i-3]
		return complete
	}
	c.Args = b[args:]
	c.Phase = Torn
	return open
}

// isRet accepts 0, 832, -38, 0x4e0e950000 and -ENOENT.
func isRet(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
		if len(b) > 1 && b[0] == 'E' {
			for _, c := range b[1:] {
				if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
					return false
				}
			}
			return true
		}
	}
	if len(b) > 2 && b[0] == '0' && b[1] == 'x' {
		return isHex(b[2:])
	}
	return isDigits(b)
}

func nameEnd(b []byte, i int) int {
	for i < len(b) && nameBytes[b[i]] {
		i++
	}
	return i
}

// nameBytes are the bytes of which names of calls are made.
var nameBytes = func() (in [256]bool) {
	for c := range in {
		in[c] = isLower(byte(c)) || isDigit(byte(c)) || c == '_'
	}
	return in
}()

const unknownCall = "syscall_" // prefix of a number without a name: syscall_334

func isCallName(b []byte) bool {
	if names.lookup(b) != "" {
		return true
	}
	return len(b) > len(unknownCall) && string(b[:len(unknownCall)]) == unknownCall && isDigits(b[len(unknownCall):])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

func isHex(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(b) > 0
}

// findCall looks for a call that output without a newline has run into, and returns
// where its header begins, -1 if there is none.
//
//	partial 3.0 [worker-3] write(1, 0x0000004044000b70, 12) = 12
func findCall(b []byte, c *Call) int {
	for from := 1; ; {
		i := bytes.IndexByte(b[min(from, len(b)):], ']')
		if i < 0 || from+i+2 >= len(b) {
			return -1
		}
		i += from
		from = i + 1
		if b[i+1] != ' ' {
			continue
		}
		h := headerStart(b[:i])
		if h < 0 {
			continue
		}
		if parseBody(b, h+1, i, c) == complete {
			return h
		}
	}
}

// headerStart returns the opening bracket that belongs to a closing one at the end of
// b, or -1. Thread names may hold brackets of their own: "[a) b[c]] " is the header of
// a thread named "a) b[c]".
func headerStart(b []byte) int {
	depth := 0
	for i := len(b) - 1; i >= 0 && i >= len(b)-maxThreadName-1; i-- {
		switch b[i] {
		case ']':
			depth++
		case '[':
			if depth == 0 && i < len(b)-1 {
				return i
			}
			depth--
		}
	}
	return -1
}
