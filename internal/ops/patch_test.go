package ops

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tailscale/hujson"
)

func TestPatch(t *testing.T) {
	add := func(path string, v any) PatchOp { return PatchOp{Op: "add", Path: path, Value: v} }
	for _, c := range []struct {
		name, in string
		ops      []PatchOp
		want     string
	}{
		{"no file", "", []PatchOp{add("/Args", []string{"a", "b"})}, "{\n  \"Args\": [\"a\", \"b\"]\n}\n"},
		{"no change", "{ \"Args\" :[] }", nil, "{ \"Args\" :[] }"},
		{"new key", "{\n  \"Args\": [\"a\"]\n}\n", []PatchOp{add("/MapDirs", map[string]string{"b/*": "/"})},
			"{\n  \"Args\": [\"a\"],\n  \"MapDirs\": {\n    \"b/*\": \"/\"\n  }\n}\n"},
		{"into an object", "{\n\t\"Env\": {\n\t\t\"B\": \"1\"\n\t}\n}", []PatchOp{add("/Env/A", "2")},
			"{\n\t\"Env\": {\n\t\t\"B\": \"1\",\n\t\t\"A\": \"2\"\n\t}\n}"},
		{"into an object on one line", "{\n  \"Env\": {\"B\": \"1\"}\n}", []PatchOp{add("/Env/A", "2")},
			"{\n  \"Env\": {\"B\": \"1\", \"A\": \"2\"}\n}"},
		{"into an empty object", "{\n  \"Env\": {}\n}", []PatchOp{add("/Env/A", "2")},
			"{\n  \"Env\": {\n    \"A\": \"2\"\n  }\n}"},
		{"end of a list", "{\"Files\": [\"a\", \"b\"]}", []PatchOp{add("/Files/-", "c")}, "{\"Files\": [\"a\", \"b\", \"c\"]}"},
		{"list over lines", "{\n  \"Files\": [\n    \"a\"\n  ]\n}", []PatchOp{add("/Files/-", "c")},
			"{\n  \"Files\": [\n    \"a\",\n    \"c\"\n  ]\n}"},
		{"replace keeps the rest", "{\n  \"Args\" : [\"a\"] ,\n  \"RunConfig\": {\"Memory\": \"1g\"}\n}", []PatchOp{{Op: "replace", Path: "/RunConfig/Memory", Value: "4g"}},
			"{\n  \"Args\" : [\"a\"] ,\n  \"RunConfig\": {\"Memory\": \"4g\"}\n}"},
		{"replace by an object", "{\n  \"Env\": null\n}", []PatchOp{{Op: "replace", Path: "/Env", Value: map[string]string{"A": "1"}}},
			"{\n  \"Env\": {\n    \"A\": \"1\"\n  }\n}"},
		{"remove", "{\n  \"A\": 1,\n  \"B\": 2\n}", []PatchOp{{Op: "remove", Path: "/A"}}, "{\n  \"B\": 2\n}"},
		{"comments stay", "{\n  // why\n  \"A\": 1, // because\n}", []PatchOp{add("/B", 2)}, "{\n  // why\n  \"A\": 1, // because\n  \"B\": 2\n}"},
		{"line ends stay", "{\r\n  \"A\": 1\r\n}\r\n", []PatchOp{add("/B", 2)}, "{\r\n  \"A\": 1,\r\n  \"B\": 2\r\n}\r\n"},
		{"null", `{"A": 1}`, []PatchOp{{Op: "replace", Path: "/A"}}, `{"A": null}`},
		{"all on one line", `{"A":1}`, []PatchOp{add("/B", map[string]any{"C": 1})}, `{"A":1, "B":{"C": 1}}`},
		{"text after the end, which Ops ignores, stays", "{\"A\": 1}\n# mine\n{\"A\": 2}\n", []PatchOp{add("/B", 2)}, "{\"A\": 1, \"B\": 2}\n# mine\n{\"A\": 2}\n"},
		{"escaped key", "{}", []PatchOp{add("/a~1b~0c", 1)}, "{\n  \"a/b~c\": 1\n}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Patch([]byte(c.in), c.ops)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestPatchErrors(t *testing.T) {
	for _, c := range []struct{ in, op, path string }{
		{`{`, "add", "/A"}, {`{}`, "add", "/A/B"}, {`{}`, "remove", "/A"}, {`{}`, "replace", "/A"}, {`{}`, "swap", "/A"}, {`{}`, "add", "A"},
		{strings.Repeat("[", maxDepth+1), "add", "/A"},
	} {
		if b, err := Patch([]byte(c.in), []PatchOp{{Op: c.op, Path: c.path, Value: 1}}); err == nil || b != nil {
			t.Errorf("Patch(%.20q, %s %s) = %q, %v", c.in, c.op, c.path, b, err)
		}
	}
}

// FuzzPatch: a patched document is one again and holds the value at the pointer; the
// other members keep their bytes.
func FuzzPatch(f *testing.F) {
	for _, s := range []string{"", "{}", "{\"A\": 1}", "{\n\t\"A\": {\"B\": []}, // c\n}\n", "[1,2]", "{\"Env\":{}}", "{\r\n}", "/**/{\"Env\":/**/{}/**/}", "{\"Env\":[]}", "{}\nx"} {
		f.Add([]byte(s), "Env", "v")
	}
	f.Fuzz(func(t *testing.T, b []byte, key, value string) {
		ptr := "/" + escapePointer(key)
		got, err := Patch(b, []PatchOp{{Op: "add", Path: ptr, Value: map[string]string{"k": value}}})
		if err != nil {
			if got != nil {
				t.Fatal("bytes came with the error")
			}
			return
		}
		first := got
		if end, err := checkSyntax("", got); err == nil { // what follows is kept, and may be anything
			first = got[:end]
		}
		doc, err := hujson.Parse(first)
		if err != nil {
			t.Fatalf("%q became %q: %v", b, got, err)
		}
		plain, err := hujson.Parse(b)
		if err == nil && plain.IsStandard() && !doc.IsStandard() {
			t.Fatalf("%q is plain JSON, %q is not", b, got)
		}
		v := doc.Find(ptr)
		if v == nil {
			return // a list: "add" inserts
		}
		v.Standardize()
		var m map[string]string
		if json.Unmarshal(v.Pack(), &m) == nil && len(m) != 1 {
			t.Fatalf("%q: %v", got, m)
		}
	})
}

func TestDiff(t *testing.T) {
	old := []byte("{\n  \"A\": 1\n}\n")
	if got := Diff("c.json", old, old); got != "" {
		t.Errorf("equal texts: %q", got)
	}
	want := "--- c.json\n+++ c.json\n@@ -1,3 +1,4 @@\n {\n-  \"A\": 1\n+  \"A\": 1,\n+  \"B\": 2\n }\n"
	if d := cmp.Diff(want, Diff("c.json", old, []byte("{\n  \"A\": 1,\n  \"B\": 2\n}\n"))); d != "" {
		t.Error(d)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(real, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.json", link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(real)
	info, _ := os.Stat(real)
	l, _ := os.Lstat(link)
	if string(b) != "new" || info.Mode().Perm() != 0o600 || l.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%q, %v, %v", b, info.Mode(), l.Mode())
	}
	if err := WriteFile(filepath.Join(dir, "no", "c.json"), nil); err == nil {
		t.Error("wrote into a directory that is not there")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
