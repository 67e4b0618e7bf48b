package strace

import (
	"strconv"
	"strings"
)

// span is a piece of a line: s[from:to].
type span struct{ from, to int }

// callArgs are the top-level arguments of one printed call.
type callArgs struct {
	text string // the line that the spans refer to
	arg  [maxCallArgs]span
	n    int // arguments found, at most maxCallArgs
}

func (a *callArgs) get(i int8) string {
	if i < 0 || int(i) >= a.n {
		return ""
	}
	return a.text[a.arg[i].from:a.arg[i].to]
}

// argDelimiters marks the bytes at which the scanner must look closer; between
// them it just runs.
var argDelimiters = [256]bool{
	'"': true, '(': true, ')': true, '[': true, ']': true, '{': true, '}': true, ',': true, '<': true, '/': true,
}

// scan splits line[from:] at the commas of the top level and returns the index of
// the parenthesis that closes the call, or -1 where the line ends before it. A
// string may hold anything, and so may the annotations of -y:
//
//	openat(AT_FDCWD</tmp/a,b>, "x) = 3", O_RDONLY) = 3</tmp/a,b/x>
func (a *callArgs) scan(line string, from int) (end int) {
	a.text, a.n = line, 0
	depth := 0
	start := from
	comments := true // until one does not end
	notes := maxBadNotes
	for i := from; i < len(line); {
		c := line[i]
		if !argDelimiters[c] {
			i++
			continue
		}
		switch c {
		case '"':
			j := endOfString(line, i+1)
			if j < 0 {
				a.add(start, len(line))
				return -1
			}
			i = j
			continue
		case '(', '[', '{':
			depth++
		case ']', '}':
			if depth > 0 {
				depth--
			}
		case ')':
			if depth == 0 {
				if i > from {
					a.add(start, i)
				}
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				a.add(start, i)
				if i+1 < len(line) && line[i+1] == ' ' {
					i++
				}
				start = i + 1
			}
		case '<':
			if notes > 0 {
				if j := endOfAnnotation(line, i); j > 0 {
					i = j
					continue
				}
				notes--
			}
		case '/':
			if comments && i+1 < len(line) && line[i+1] == '*' {
				if j := strings.Index(line[i+2:], "*/"); j >= 0 {
					i += j + 4
					continue
				}
				comments = false
			}
		}
		i++
	}
	if start < len(line) {
		a.add(start, len(line))
	}
	return -1
}

func (a *callArgs) add(from, to int) {
	if a.n < maxCallArgs {
		a.arg[a.n] = span{from, to}
		a.n++
	}
}

// endOfString returns the index behind the quote that closes the string whose
// first character is s[i], or -1.
func endOfString(s string, i int) int {
	for {
		j := strings.IndexByte(s[i:], '"')
		if j < 0 {
			return -1
		}
		j += i
		slashes := 0
		for k := j - 1; k >= i && s[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return j + 1
		}
		i = j + 1
	}
}

// endOfAnnotation returns the index behind the annotation that opens at s[i]
// ('<' right after a descriptor), or -1 where it is none (1<<3, <unfinished ...>).
//
//	3</etc/passwd>   0</dev/null<char 1:3>>   5<TCP:[127.0.0.1:1->127.0.0.1:2]>
//
// strace escapes < and > within a path, so they nest; the arrow of a socket does not.
func endOfAnnotation(s string, i int) int {
	if i == 0 || i+1 >= len(s) {
		return -1
	}
	if c := s[i-1]; (c < '0' || c > '9') && c != 'D' {
		return -1
	}
	isPath := s[i+1] == '/'
	if c := s[i+1] | 0x20; !isPath && (c < 'a' || c > 'z') {
		return -1
	}
	depth := 0
	for j := i; j < min(len(s), i+maxAnnotation); j++ {
		switch s[j] {
		case '<':
			depth++
		case '>':
			if !isPath && s[j-1] == '-' {
				continue
			}
			if depth--; depth == 0 {
				return j + 1
			}
		}
	}
	return -1
}

// maxAnnotation is four characters (\ooo) for each byte of the longest path, and
// something for a device. Without it a hostile line costs the square of its length.
const maxAnnotation = 4*4096 + 64

// maxBadNotes is how many '<' of a call may turn out to open no annotation: as
// many as it has arguments, each with a shift (1<<3) in it, and some.
const maxBadNotes = 32

// annotatedPath returns the path of an annotation, given the text behind the
// descriptor: `</etc/passwd>`, `</dev/null<char 1:3>>`, `</tmp/x>(deleted)`. It is
// "" for a socket, a pipe and the like.
func annotatedPath(s string) string {
	if len(s) < 3 || s[0] != '<' || s[1] != '/' {
		return ""
	}
	s = s[1:]
	if i := strings.IndexAny(s, "<>"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(unescape(s), " (deleted)")
}

// descriptor splits "3</etc/passwd>" or "AT_FDCWD</tmp>" into number and annotation.
func descriptor(arg string) (fd int, note string, ok bool) {
	if rest, found := strings.CutPrefix(arg, "AT_FDCWD"); found {
		return atFDCWD, rest, true
	}
	digits := 0
	for digits < len(arg) && (arg[digits] >= '0' && arg[digits] <= '9' || digits == 0 && arg[0] == '-') {
		digits++
	}
	n, err := strconv.Atoi(arg[:digits])
	if err != nil {
		return 0, "", false
	}
	return n, arg[digits:], true
}

// atFDCWD is the kernel's AT_FDCWD.
const atFDCWD = -100

// pathArg returns the string of a path argument. A string that strace cut short
// ("/very/long"...), an address (0x7ffe…) and NULL are no path.
func pathArg(arg string) (string, bool) {
	if len(arg) < 2 || arg[0] != '"' || arg[len(arg)-1] != '"' {
		return "", false
	}
	return unescape(arg[1 : len(arg)-1]), true
}
