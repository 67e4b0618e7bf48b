package ops

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// place is where a key or an element stands in the file.
type place struct {
	line, col int
	pointer   string // JSON pointer with the keys as the file spells them
}

// linter walks the parsed file beside the schema.
type linter struct {
	cfg    *Config
	text   []byte
	root   *shape
	issues []Issue

	unknowns []unknownKey

	// Incremental line counting: offsets are visited in rising order.
	atOff, atLine, lineStart int
}

func (l *linter) run(end int) error {
	l.root = schema()
	l.atLine = 1
	l.cfg.where = map[string]place{}
	v, err := hujson.Parse(l.text[:end])
	if err != nil { // text that encoding/json lets pass, such as invalid UTF-8
		return &SyntaxError{File: l.cfg.Source, Line: 1, Col: 1,
			Message: strings.TrimPrefix(err.Error(), "hujson: "), Hint: "save the file as UTF-8 JSON"}
	}
	l.value(&v, l.root, "", "", "")
	l.mendKeys(&v)
	if rest := strings.TrimSpace(string(l.text[end:])); rest != "" {
		off := end + strings.Index(string(l.text[end:]), rest[:1])
		line, col := lineCol(l.text, off)
		l.issues = append(l.issues, Issue{Code: "ops.config-syntax", Severity: Warning, File: l.cfg.Source,
			Line: line, Col: col, Message: "Ops ignores everything after the first value", Hint: "remove it"})
	}
	return nil
}

// maxPointer bounds how deep free-form values are indexed: thousands of nested lists
// are valid JSON, and an index of all their pointers would grow with the square.
const maxPointer = 1024

// value checks v against s. key is its dotted path, canon its pointer in canonical
// spelling, spelled its pointer as the file spells it.
func (l *linter) value(v *hujson.Value, s *shape, key, canon, spelled string) {
	if s.kind == kindAny && len(canon) > maxPointer {
		return
	}
	switch x := v.Value.(type) {
	case *hujson.Object:
		l.object(v, x, s, key, canon, spelled)
	case *hujson.Array:
		if s.kind != kindList && s.kind != kindAny {
			l.mistyped(v, s, key, spelled, "a list")
			return
		}
		elem := s.elem
		if s.kind == kindAny {
			elem = s
		}
		for i := range x.Elements {
			e := &x.Elements[i]
			sub := "/" + strconv.Itoa(i)
			l.mark(canon+sub, spelled+sub, e.StartOffset)
			l.value(e, elem, fmt.Sprintf("%s[%d]", key, i), canon+sub, spelled+sub)
		}
	case hujson.Literal:
		l.literal(v, x, s, key, spelled)
	}
}

func (l *linter) object(v *hujson.Value, x *hujson.Object, s *shape, key, canon, spelled string) {
	if s.kind != kindObject && s.kind != kindDict && s.kind != kindAny {
		l.mistyped(v, s, key, spelled, "an object")
		return
	}
	seen := map[string]bool{}
	for i := range x.Members {
		m := &x.Members[i]
		lit, _ := m.Name.Value.(hujson.Literal)
		name := lit.String()
		path, child := name, s
		switch s.kind {
		case kindDict:
			child = s.elem
		case kindObject:
			f, ok := s.find(name)
			if !ok {
				l.unknown(m, s, key, name, spelled)
				l.skipPast(m.Value.EndOffset)
				continue
			}
			path, child = f.name, f.shape
		}
		dotted := path
		if key != "" {
			dotted = key + "." + path
		}
		c, sp := canon+"/"+escapePointer(path), spelled+"/"+escapePointer(name)
		line, col := l.mark(c, sp, m.Name.StartOffset)
		if seen[path] && len(l.issues) < maxIssues {
			l.issues = append(l.issues, Issue{Code: "ops.config-value", Severity: Warning, File: l.cfg.Source,
				Line: line, Col: col, Key: dotted, Message: fmt.Sprintf("%q is set a second time", dotted),
				Hint: "keep one of the two; Ops uses the later one, or mixes them"})
		}
		seen[path] = true
		l.value(&m.Value, child, dotted, c, sp)
	}
}

func (l *linter) literal(v *hujson.Value, x hujson.Literal, s *shape, key, spelled string) {
	if s.kind == kindAny || string(x) == "null" { // null leaves the field alone
		return
	}
	switch x.Kind() {
	case '"':
		if s.kind != kindString {
			l.mistyped(v, s, key, spelled, "a string")
		}
	case 't', 'f':
		if s.kind != kindBool {
			l.mistyped(v, s, key, spelled, "a boolean")
		}
	case '0':
		if s.kind != kindInt {
			l.mistyped(v, s, key, spelled, "a number")
		} else if _, err := strconv.ParseInt(string(x), 10, 64); err != nil {
			l.mistyped(v, s, key, spelled, "not one")
		}
	}
}

// maxIssues bounds the complaints about one file: somebody who passes another
// program's config learns nothing from the hundredth unknown key.
const maxIssues = 100

func (l *linter) mistyped(v *hujson.Value, s *shape, key, spelled, got string) {
	if len(l.issues) >= maxIssues {
		return
	}
	line, col := l.position(v.StartOffset)
	i := Issue{Code: "ops.config-type", Severity: Error, File: l.cfg.Source, Line: line, Col: col, Key: key}
	if key == "" {
		i.Message = fmt.Sprintf("the config is %s; Ops wants %s", got, wanted[s.kind])
	} else {
		i.Message = fmt.Sprintf("%s is %s; Ops wants %s", key, got, wanted[s.kind])
	}
	if text := strings.TrimSpace(string(l.text[v.StartOffset:v.EndOffset])); len(text) <= 40 {
		i.Hint = retyped(s, text)
	}
	if to, ok := convert(v, s, key); ok && spelled != "" {
		i.Mends = []Mend{{Does: fmt.Sprintf("writing %s as %s", key, wanted[s.kind]), Patch: []PatchOp{{Op: "replace", Path: spelled, Value: to}}}}
	}
	l.issues = append(l.issues, i)
	l.skipPast(v.EndOffset)
}

// retyped suggests the same value in the wanted type where there is an obvious one.
func retyped(s *shape, text string) string {
	bare := strings.Trim(text, `"`)
	switch {
	case s.kind == kindString && !strings.ContainsAny(text[:1], `{["`):
		return fmt.Sprintf(`write "%s"`, text)
	case s.kind == kindBool && (bare == "true" || bare == "false"):
		return "write " + bare
	case s.kind == kindInt && isDigits(bare):
		return "write " + bare
	case s.kind == kindList && s.elem.kind == kindString && text[0] == '"' && len(strings.Fields(bare)) > 1 && !strings.Contains(bare, `\`):
		return fmt.Sprintf(`write [%s] or ["%s"]`, text, strings.Join(strings.Fields(bare), `", "`))
	case s.kind == kindList && s.elem.kind == kindString && text[0] == '"':
		return fmt.Sprintf("write [%s]", text)
	}
	return ""
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (l *linter) unknown(m *hujson.ObjectMember, here *shape, prefix, name, spelled string) {
	if len(l.issues) >= maxIssues {
		return
	}
	line, col := l.position(m.Name.StartOffset)
	near, misplaced := nearest(l.root, here, prefix, name)
	dotted := name
	level := "at the top level"
	if prefix != "" {
		dotted, level = prefix+"."+name, "in "+prefix
	}
	i := Issue{Code: "ops.config-unknown-key", Severity: Error, File: l.cfg.Source, Line: line, Col: col,
		Key: dotted, Near: near, Message: fmt.Sprintf("Ops knows no key %q %s", name, level)}
	parent, _, nested := cutLast(near)
	switch {
	case misplaced && nested:
		i.Hint = fmt.Sprintf("it belongs into %s", parent)
	case misplaced:
		i.Hint = "it belongs to the top level"
	case near != "":
		i.Hint = fmt.Sprintf("did you mean %s?", near)
	}
	l.unknowns = append(l.unknowns, unknownKey{
		issue: len(l.issues), value: &m.Value, pointer: spelled + "/" + escapePointer(name), here: here, prefix: prefix, name: name,
	})
	l.issues = append(l.issues, i)
}

func cutLast(dotted string) (parent, name string, ok bool) {
	if i := strings.LastIndexByte(dotted, '.'); i >= 0 {
		return dotted[:i], dotted[i+1:], true
	}
	return "", dotted, false
}

func (l *linter) mark(canon, spelled string, off int) (line, col int) {
	line, col = l.position(off)
	l.cfg.where[canon] = place{line: line, col: col, pointer: spelled}
	return line, col
}

// position is lineCol for offsets that never go back, in one pass over the file.
func (l *linter) position(off int) (line, col int) {
	for ; l.atOff < off && l.atOff < len(l.text); l.atOff++ {
		if l.text[l.atOff] == '\n' {
			l.atLine++
			l.lineStart = l.atOff + 1
		}
	}
	return l.atLine, off - l.lineStart + 1
}

func (l *linter) skipPast(off int) { l.position(off) }

// escapePointer writes a key as one JSON pointer token (RFC 6901).
func escapePointer(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// Place returns the line and column of a value by its keys ("MapDirs", "lib/*" or
// "Files", "2"), in canonical spelling; zeros when the file does not have it.
func (c *Config) Place(keys ...string) (line, col int) {
	p := c.where[pointer(keys)]
	return p.line, p.col
}

// Pointer returns the JSON pointer for a patch of the value with these keys, spelled
// as the file spells them ("/mapdirs/lib~1*"); a part that the file does not have
// keeps its canonical spelling. ok tells whether the file has it.
func (c *Config) Pointer(keys ...string) (ptr string, ok bool) {
	for n := len(keys); n > 0; n-- {
		if p, found := c.where[pointer(keys[:n])]; found {
			return p.pointer + pointer(keys[n:]), n == len(keys)
		}
	}
	return pointer(keys), false
}

func pointer(keys []string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString("/" + escapePointer(k))
	}
	return b.String()
}
