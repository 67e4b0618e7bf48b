package ops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tailscale/hujson"
)

// PatchOp is one operation of a JSON Patch (RFC 6902): add, remove or replace. Path
// is a JSON pointer; Config.Pointer spells one as the file does.
type PatchOp struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Patch applies ops to a config's text and keeps the order of keys, comments, and
// the formatting of everything it does not touch; what it adds is laid out like its
// neighbours. An empty original counts as {}. The result is valid wherever the
// original was.
func Patch(original []byte, ops []PatchOp) ([]byte, error) {
	if len(bytes.TrimSpace(original)) == 0 {
		original = []byte("{}\n")
	}
	if len(original) > maxConfig {
		return nil, fmt.Errorf("patch config: %d MiB is too large for an Ops config", len(original)>>20)
	}
	// Bound the nesting before hujson recurses.
	if depth(original) > maxDepth {
		return nil, fmt.Errorf("patch config: nested deeper than %d levels", maxDepth)
	}
	// Ops reads the first value of the file and ignores what follows: that stays as it is.
	var rest []byte
	doc, err := hujson.Parse(original)
	if err != nil {
		end, serr := checkSyntax("config", original)
		if serr != nil {
			return nil, fmt.Errorf("patch config: %w", err)
		}
		original, rest = original[:end], original[end:]
		if doc, err = hujson.Parse(original); err != nil {
			return nil, fmt.Errorf("patch config: %w", err)
		}
	}
	style := layoutOf(original)
	for i, op := range ops {
		one, err := json.Marshal([]PatchOp{op})
		if err != nil {
			return nil, fmt.Errorf("patch config: operation %d: %w", i, err)
		}
		if op.Value == nil && (op.Op == "add" || op.Op == "replace") { // omitempty hid a null
			one = fmt.Appendf(nil, `[{"op":%q,"path":%s,"value":null}]`, op.Op, quote(op.Path))
		}
		found := doc.Find(op.Path) != nil
		end := blankEnd(&doc, op.Path)
		if err := doc.Patch(one); err != nil {
			return nil, fmt.Errorf("patch config: %s %s: %w", op.Op, op.Path, err)
		}
		switch {
		case op.Op == "add" && !found:
			style.settle(&doc, op.Path, true)
			if o := parentObject(&doc, op.Path); o != nil && end != nil {
				o.AfterExtra = end
			}
		case op.Op == "add", op.Op == "replace":
			style.settle(&doc, op.Path, false)
		}
	}
	return append(doc.Pack(), rest...), nil
}

// blankEnd is the white space before the closing brace of the object that ptr lies in,
// nil where there is none or a comment stands in it.
func blankEnd(doc *hujson.Value, ptr string) hujson.Extra {
	o := parentObject(doc, ptr)
	if o == nil || len(o.AfterExtra) == 0 || len(bytes.TrimSpace(o.AfterExtra)) > 0 {
		return nil
	}
	return bytes.Clone(o.AfterExtra)
}

func parentObject(doc *hujson.Value, ptr string) *hujson.Object {
	i := strings.LastIndexByte(ptr, '/')
	if i < 0 {
		return nil
	}
	v := doc.Find(ptr[:i])
	if v == nil {
		return nil
	}
	o, _ := v.Value.(*hujson.Object)
	return o
}

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string always marshals
	return b
}

// maxDepth is encoding/json's own limit.
const maxDepth = 10000

// depth is the deepest bracket nesting; brackets in strings and comments may count
// too much, which only makes the limit stricter.
func depth(b []byte) int {
	d, most := 0, 0
	for _, c := range b {
		switch c {
		case '{', '[':
			d++
			most = max(most, d)
		case '}', ']':
			d--
		}
	}
	return most
}
