package ops

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// SyntaxError says where a config stops being JSON.
type SyntaxError struct {
	File      string
	Line, Col int // 1-based, Col in bytes
	Message   string
	Hint      string
}

// Error is one line: "config.json:3:5: message; hint".
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// checkSyntax returns the end of the first JSON value in b; Ops reads no further.
func checkSyntax(name string, b []byte) (int, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	var first json.RawMessage
	err := dec.Decode(&first)
	if err == nil {
		return int(dec.InputOffset()), nil
	}
	e := &SyntaxError{File: name}
	var syn *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		e.Line, e.Col = 1, 1
		e.Message, e.Hint = "the file is empty", "write {} for a config without settings"
		return 0, e
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Line, e.Col = lineCol(b, len(b))
		e.Message = "the file ends in the middle of a value"
		e.Hint = unclosedHint(b)
		return 0, e
	case errors.As(json.Unmarshal(b, &first), &syn): // its offset counts from the start of b
		off := max(0, int(syn.Offset)-1)
		e.Line, e.Col = lineCol(b, off)
		e.Message = syn.Error()
		e.Hint = syntaxHint(b, off, e.Message)
		return 0, e
	}
	e.Line, e.Col, e.Message = 1, 1, err.Error()
	return 0, e
}

// LoadMended is LoadConfig, except that a file whose only fault is what JSON with
// comments permits, comments and commas before a bracket, is read without: the fault is
// an Issue that says how to mend it.
func LoadMended(path string) (*Config, []Issue, error) {
	c, issues, err := LoadConfig(path)
	var bad *SyntaxError
	if !errors.As(err, &bad) || os.Getenv("ops_render_config") == "true" {
		return c, issues, err
	}
	b, rerr := os.ReadFile(path)
	if rerr != nil || len(b) > maxConfig || depth(b) > maxDepth {
		return nil, nil, err
	}
	plain, serr := hujson.Standardize(bytes.Clone(b))
	if serr != nil {
		return nil, nil, err
	}
	c, issues, perr := ParseConfig(path, plain)
	if perr != nil {
		return nil, nil, err
	}
	c.Raw = b
	i := Issue{Code: "ops.config-syntax", Severity: Error, File: path, Line: bad.Line, Col: bad.Col, Key: filepath.Base(path), Message: bad.Message, Hint: bad.Hint,
		Mends: []Mend{{Does: "taking out what plain JSON does not have (comments, commas before a bracket)", Text: plain}}}
	return c, append([]Issue{i}, issues...), nil
}

// syntaxRule explains one way in which JSON is commonly broken.
type syntaxRule struct {
	sample string // an input that the rule is for
	test   func(before, at []byte, msg string) bool
	hint   string
}

func startsWith(prefixes ...string) func(_, at []byte, _ string) bool {
	return func(_, at []byte, _ string) bool {
		for _, p := range prefixes {
			if bytes.HasPrefix(at, []byte(p)) {
				return true
			}
		}
		return false
	}
}

func says(part string) func(_, _ []byte, msg string) bool {
	return func(_, _ []byte, msg string) bool { return strings.Contains(msg, part) }
}

// syntaxRules are tried in order.
var syntaxRules = []syntaxRule{
	{"\ufeff{}", startsWith("\ufeff"), "save the file as UTF-8 without a byte order mark"},
	{"\xff\xfe{", startsWith("\xff\xfe", "\xfe\xff"), "save the file as UTF-8; this is UTF-16"},
	{`{"A": [1,]}`, func(before, at []byte, _ string) bool {
		return len(at) > 0 && (at[0] == ']' || at[0] == '}') && bytes.HasSuffix(bytes.TrimSpace(before), []byte(","))
	}, "remove the comma before it"},
	{`{ // x`, startsWith("//", "/*", "#"), "Ops reads plain JSON: remove the comment"},
	{`{'A': 1}`, startsWith("'"), `use double quotes (")`},
	{`{“A”: 1}`, startsWith("\u201c", "\u201d", "\u2018", "\u2019"), `use straight double quotes (")`},
	{"{\"A\": \"x\n\"}", func(_, at []byte, msg string) bool {
		return strings.Contains(msg, "in string literal") && len(at) > 0 && at[0] == '\n'
	}, `close the string with " on this line, or write the line break as \n`},
	{"{\"A\": \"x\ty\"}", says("in string literal"), `write a control character as an escape such as \t`},
	{`{"A": "C:\dir"}`, says("in string escape code"), `write a backslash as \\`},
	{`{"A" = 1}`, func(_, at []byte, msg string) bool {
		return strings.Contains(msg, "after object key") && !strings.Contains(msg, "key:value pair")
	}, `put a colon between the key and its value`},
	{`{"A": 1 "B": 2}`, func(_, at []byte, msg string) bool {
		return strings.Contains(msg, "after object key:value pair") || strings.Contains(msg, "after array element")
	}, "put a comma between the entries, or close the one before"},
	{`{A: 1}`, says("looking for beginning of object key string"), "put the key in double quotes"},
	{`{"A": True}`, startsWith("T", "F", "N"), "write true, false or null in lower case"},
	{`{"A": x}`, says("looking for beginning of value"), "put a text value in double quotes"},
}

func syntaxHint(b []byte, off int, msg string) string {
	off = min(off, len(b))
	for off > 0 && off < len(b) && !utf8.RuneStart(b[off]) {
		off-- // the decoder names a byte; the rules look at the character
	}
	for _, r := range syntaxRules {
		if r.test(b[:off], b[off:], msg) {
			return r.hint
		}
	}
	return ""
}

// unclosedHint finds the innermost bracket or string that is still open at the end.
func unclosedHint(b []byte) string {
	var open []int
	inString := -1
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString >= 0 && c == '\\':
			i++
		case c == '"' && inString >= 0:
			inString = -1
		case c == '"':
			inString = i
		case inString >= 0:
		case c == '{' || c == '[':
			open = append(open, i)
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	at := inString
	if at < 0 {
		if len(open) == 0 {
			return ""
		}
		at = open[len(open)-1]
	}
	line, col := lineCol(b, at)
	return fmt.Sprintf("close the %q of line %d, column %d", b[at], line, col)
}

// lineCol turns a byte offset into a 1-based line and column; columns count bytes.
func lineCol(b []byte, off int) (line, col int) {
	off = max(0, min(off, len(b)))
	return 1 + bytes.Count(b[:off], []byte("\n")), off - bytes.LastIndexByte(b[:off], '\n')
}
