package elfdeps

import "strings"

// tokens replaces $ORIGIN, $LIB and $PLATFORM, also in braces, in a name or in one
// element of a search path (elf/dl-load.c, _dl_dst_substitute). The result is "" where a
// token has no value: the loader then drops the element.
func (ns *namespace) tokens(l *link, s string) string {
	if !strings.Contains(s, "$") {
		return s
	}
	values := [...]struct{ name, value string }{
		{"ORIGIN", l.origin}, {"PLATFORM", ns.platform}, {"LIB", ns.interp.lib},
	}
	var out strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			out.WriteString(s)
			break
		}
		out.WriteString(s[:i])
		s = s[i+1:]
		if out.Len() > maxString {
			return "" // no path that any file has
		}
		known := false
		for _, v := range values {
			n := tokenLen(s, v.name)
			if n == 0 {
				continue
			}
			if v.value == "" {
				return ""
			}
			out.WriteString(v.value)
			s, known = s[n:], true
			break
		}
		if !known {
			out.WriteByte('$')
		}
	}
	return out.String()
}

// tokenLen returns how many bytes of s, which follows a '$', are the token name: 0 when
// they are another word, as in $ORIGINAL.
func tokenLen(s, name string) int {
	if rest, braced := strings.CutPrefix(s, "{"); braced {
		if strings.HasPrefix(rest, name+"}") {
			return len(name) + 2
		}
		return 0
	}
	rest, found := strings.CutPrefix(s, name)
	if !found || rest != "" && isWord(rest[0]) {
		return 0
	}
	return len(name)
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
