package strace

import "strings"

// appendQuoted writes s as strace(1) does without -x: printable ASCII as it is,
// the usual letters for the usual controls, the shortest octal number that cannot
// run into a digit behind it.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	b = appendEscaped(b, s, "")
	return append(b, '"')
}

// appendEscaped escapes what appendQuoted puts between the quotes; extra holds
// characters that must not stand bare either ("<>" in a -y annotation).
func appendEscaped(b []byte, s, extra string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if letter := escapeLetter(c); letter != 0 {
			b = append(b, '\\', letter)
			continue
		}
		if c >= ' ' && c < 0x7f && (extra == "" || strings.IndexByte(extra, c) < 0) {
			b = append(b, c)
			continue
		}
		b = append(b, '\\')
		wide := i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9'
		if wide || c >= 0o100 {
			b = append(b, '0'+c>>6)
		}
		if wide || c >= 0o10 {
			b = append(b, '0'+c>>3&7)
		}
		b = append(b, '0'+c&7)
	}
	return b
}

func escapeLetter(c byte) byte {
	switch c {
	case '"', '\\':
		return c
	case '\n':
		return 'n'
	case '\t':
		return 't'
	case '\r':
		return 'r'
	case '\v':
		return 'v'
	case '\f':
		return 'f'
	}
	return 0
}

// unescape undoes appendEscaped and strace's -x and -xx forms (\x2f).
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := make([]byte, i, len(s))
	copy(b, s)
	for ; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			continue
		}
		i++
		switch c = s[i]; c {
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case 'v':
			b = append(b, '\v')
		case 'f':
			b = append(b, '\f')
		case 'x':
			v, n := hexDigits(s[i+1:])
			b = append(b, v)
			i += n
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v := c - '0'
			for n := 1; n < 3 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '7'; n++ {
				i++
				v = v<<3 | (s[i] - '0')
			}
			b = append(b, v)
		default: // \" and \\, and anything else stands for itself
			b = append(b, c)
		}
	}
	return string(b)
}

// hexDigits reads at most two hexadecimal digits.
func hexDigits(s string) (v byte, n int) {
	for n < 2 && n < len(s) {
		c := s[n]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return v, n
		}
		v = v<<4 | c
		n++
	}
	return v, n
}
