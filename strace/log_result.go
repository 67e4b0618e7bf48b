package strace

import (
	"strconv"
	"strings"
	"syscall"
)

// callResult is what stands behind the closing parenthesis:
//
//	= 3</etc/passwd> <0.000010>
//	= 0x7f5ac80c3000
//	= -1 ENOENT (No such file or directory)
//	= -1 ENOSYS (Function not implemented) (INJECTED)
//	= ? ERESTARTSYS (To be restarted if SA_RESTART is set)
//	= ?
type callResult struct {
	state State
	ret   int64
	err   syscall.Errno
	note  string // -y annotation of a returned descriptor
}

// injected is strace's mark for a call that it answered itself (-e inject=…).
const injected = "(INJECTED)"

// parseResult reads s, the text behind the parenthesis; ok is false where no
// result stands there.
func parseResult(s string) (r callResult, ok bool) {
	i := 0
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i+2 > len(s) || s[i] != '=' {
		return r, false
	}
	s = strings.TrimLeft(s[i+1:], " ")
	if s == "" {
		return r, false
	}
	switch {
	case s[0] == '?':
		r.state = Unfinished
		if rest := strings.TrimLeft(s[1:], " "); rest != "" && !isDuration(rest) {
			r.state = Unknown // "? ERESTARTSYS (…)", "? <unavailable>"
		}
		return r, true
	case strings.HasPrefix(s, "-1 E"):
		word := s[3:]
		if j := strings.IndexByte(word, ' '); j >= 0 {
			word = word[:j]
		}
		r.err = parseErrno(word)
		r.ret = -1
	case strings.HasPrefix(s, "-1 (errno "):
		n, _ := parseDigits(s[len("-1 (errno "):])
		r.err, r.ret = syscall.Errno(min(n, maxErrno)), -1
	default:
		n := numberLength(s)
		v, err := parseNumber(s[:n])
		if err != nil {
			return r, false
		}
		r.ret = v
		r.note = s[n:]
	}
	if strings.HasSuffix(s, injected) || strings.Contains(s, injected+" <") {
		r.state = Answered
	}
	return r, true
}

// maxErrno is the kernel's MAX_ERRNO.
const maxErrno = 4095

func parseErrno(word string) syscall.Errno {
	if word == "ENOENT" { // nearly all of them
		return 2
	}
	if e, ok := ErrnoByName(word); ok {
		return e
	}
	if digits, ok := strings.CutPrefix(word, "ERRNO_"); ok {
		if n, i := parseDigits(digits); i > 0 && n > 0 && n <= maxErrno {
			return syscall.Errno(n)
		}
	}
	return syscall.Errno(maxErrno) // an error that this table does not know is an error still
}

func isDuration(s string) bool {
	return len(s) > 2 && s[0] == '<' && s[1] >= '0' && s[1] <= '9'
}

func numberLength(s string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && c != 'x' && c != '-' {
			break
		}
		i++
	}
	return i
}

// parseNumber reads a decimal, octal or hexadecimal result; an address beyond the
// signed range keeps its bits.
func parseNumber(s string) (int64, error) {
	if n, i := parseDigits(s); i == len(s) && i > 0 && i < 18 && (s[0] != '0' || i == 1) {
		return n, nil
	}
	if strings.HasPrefix(s, "-") {
		return strconv.ParseInt(s, 0, 64)
	}
	v, err := strconv.ParseUint(s, 0, 64)
	return int64(v), err
}
