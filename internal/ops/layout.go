package ops

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// layout is how a document is written.
type layout struct {
	lines  bool   // members stand on lines of their own
	indent string // one level
	crlf   bool
}

func layoutOf(b []byte) layout {
	trimmed := bytes.TrimSpace(b)
	l := layout{lines: bytes.ContainsRune(trimmed, '\n'), indent: "  ", crlf: bytes.Contains(b, []byte("\r\n"))}
	if string(trimmed) == "{}" {
		l.lines = true
	}
	for line := range bytes.Lines(b) {
		rest := bytes.TrimLeft(line, " \t")
		if n := len(line) - len(rest); n > 0 && len(bytes.TrimSpace(rest)) > 0 {
			l.indent = string(line[:n])
			break
		}
	}
	return l
}

func (l layout) newline(level int) []byte {
	nl := "\n"
	if l.crlf {
		nl = "\r\n"
	}
	return []byte(nl + strings.Repeat(l.indent, level))
}

// settle lays out the value that was just put at ptr, and with added its name or its
// place in a list.
func (l layout) settle(doc *hujson.Value, ptr string, added bool) {
	tokens := strings.Split(ptr, "/")[1:]
	v := doc
	for level, tok := range tokens {
		last := level == len(tokens)-1
		switch x := v.Value.(type) {
		case *hujson.Object:
			name := strings.NewReplacer("~1", "/", "~0", "~").Replace(tok)
			i := memberIndex(x, name)
			if i < 0 {
				return
			}
			if last && added {
				l.member(x, i, level+1)
			}
			v = &x.Members[i].Value
		case *hujson.Array:
			i := len(x.Elements) - 1
			if n, err := strconv.Atoi(tok); err == nil && n < len(x.Elements) {
				i = n
			}
			if i < 0 {
				return
			}
			if last && added {
				l.element(x, i, level+1)
			}
			v = &x.Elements[i]
		default:
			return
		}
	}
	l.inside(v, len(tokens))
}

// memberIndex finds the last member of that name: the one that counts, and the one
// that a patch has just added.
func memberIndex(o *hujson.Object, name string) int {
	for i := len(o.Members) - 1; i >= 0; i-- {
		if lit, ok := o.Members[i].Name.Value.(hujson.Literal); ok && lit.String() == name {
			return i
		}
	}
	return -1
}

// member gives member i of o the white space that its neighbours have.
func (l layout) member(o *hujson.Object, i, level int) {
	m := &o.Members[i]
	if len(m.Value.BeforeExtra) == 0 {
		m.Value.BeforeExtra = hujson.Extra(" ")
		if sib := sibling(len(o.Members), i); sib >= 0 {
			m.Value.BeforeExtra = space(o.Members[sib].Value.BeforeExtra)
		}
	}
	if sib := sibling(len(o.Members), i); sib >= 0 {
		like := l.like(o.Members[sib].Name.BeforeExtra, i)
		if kept := m.Name.BeforeExtra; len(bytes.TrimSpace(kept)) > 0 { // a comment of the member before
			if !bytes.ContainsRune(like, '\n') {
				like = l.newline(level) // or a line comment would swallow what follows
			}
			like = append(bytes.TrimRight(kept, " \t\r\n"), like...)
		}
		m.Name.BeforeExtra = like
		return
	}
	if len(m.Name.BeforeExtra) > 0 {
		return
	}
	if l.lines {
		m.Name.BeforeExtra = l.newline(level)
		if !bytes.ContainsRune(o.AfterExtra, '\n') {
			o.AfterExtra = append(o.AfterExtra, l.newline(level-1)...)
		}
	}
}

func (l layout) element(a *hujson.Array, i, level int) {
	e := &a.Elements[i]
	if len(e.BeforeExtra) > 0 {
		return
	}
	if sib := sibling(len(a.Elements), i); sib >= 0 {
		e.BeforeExtra = l.like(a.Elements[sib].BeforeExtra, i)
	}
}

// sibling is the neighbour to imitate: the one before, else the one after.
func sibling(n, i int) int {
	switch {
	case i > 0:
		return i - 1
	case n > 1:
		return 1
	}
	return -1
}

// like is the white space of a neighbour: its line break and indentation, or the
// blank of a list on one line.
func (l layout) like(extra hujson.Extra, i int) hujson.Extra {
	s := space(extra)
	if len(s) == 0 && i > 0 {
		return hujson.Extra(" ")
	}
	return s
}

// space drops the comments of an Extra and keeps one line break at most.
func space(e hujson.Extra) hujson.Extra {
	i := bytes.LastIndexByte(e, '\n')
	if i < 0 {
		if bytes.ContainsRune(e, '*') {
			return hujson.Extra(" ")
		}
		return bytes.Clone(e)
	}
	indent := e[i+1:]
	indent = indent[:len(indent)-len(bytes.TrimLeft(indent, " \t"))]
	nl := "\n"
	if i > 0 && e[i-1] == '\r' {
		nl = "\r\n"
	}
	return append(hujson.Extra(nl), indent...)
}

// inside lays out a new value: objects over several lines where the document is,
// lists on one line.
func (l layout) inside(v *hujson.Value, level int) {
	switch x := v.Value.(type) {
	case *hujson.Object:
		for i := range x.Members {
			m := &x.Members[i]
			if len(m.Name.BeforeExtra) > 0 || len(m.Value.BeforeExtra) > 0 {
				return // laid out already
			}
			m.Value.BeforeExtra = hujson.Extra(" ")
			if l.lines {
				m.Name.BeforeExtra = l.newline(level + 1)
			} else if i > 0 {
				m.Name.BeforeExtra = hujson.Extra(" ")
			}
			l.inside(&m.Value, level+1)
		}
		if l.lines && len(x.Members) > 0 {
			x.AfterExtra = l.newline(level)
		}
	case *hujson.Array:
		for i := range x.Elements {
			if i > 0 && len(x.Elements[i].BeforeExtra) == 0 {
				x.Elements[i].BeforeExtra = hujson.Extra(" ")
			}
			l.inside(&x.Elements[i], level)
		}
	}
}
