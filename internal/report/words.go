package report

import (
	"fmt"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

func signalName(s syscall.Signal) string {
	if n := unix.SignalName(s); n != "" {
		return n
	}
	return fmt.Sprintf("signal %d", int(s))
}

// SignalExit is an Exit by signal number n, as Nanos reports it.
func SignalExit(n int) *Exit { return &Exit{Signal: signalName(syscall.Signal(n))} }

// CodeExit is an Exit with status n.
func CodeExit(n int) *Exit { return &Exit{Code: &n} }

// Words says how a program ended: "exit 3", "SIGSEGV", "an unknown status".
func (e *Exit) Words() string {
	switch {
	case e == nil:
		return "an unknown status"
	case e.Signal != "":
		return e.Signal
	case e.Code != nil:
		return fmt.Sprintf("exit %d", *e.Code)
	}
	return "an unknown status"
}

// Size prints a number of bytes for people: "336 KiB", "1.2 GiB".
func Size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n), -1
	for v >= unit && i < 4 {
		v /= unit
		i++
	}
	if v >= 10 {
		return fmt.Sprintf("%.0f %ciB", v, "KMGTP"[i])
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGTP"[i])
}

// Count prints n with its noun: "1 library", "3 libraries".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Escape makes text from a program, a path or a log safe to print: control
// characters, including those that steer a terminal or reorder text, and bytes
// that are not UTF-8 become visible escapes. Tabs stay.
func Escape(s string) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || (unicode.IsControl(r) && r != '\t') || steersText(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteByte('\t')
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case steersText(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// steersText reports the characters that change the direction of what follows
// (Unicode bidi controls), which let a log line read as something else.
func steersText(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f
}

// shortPath cuts a path at its beginning to at most n columns: its end tells most.
func shortPath(s string, n int) string {
	if n < 5 || utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return "…" + string(r[len(r)-n+1:])
}

// shorten cuts s in the middle to at most n columns.
func shorten(s string, n int) string {
	if n < 5 || utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	head := (n - 1) * 2 / 3
	tail := n - 1 - head
	return string(r[:head]) + "…" + string(r[len(r)-tail:])
}
