package ops

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfigIssues(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // severity code key near line:col, in order
	}{
		{"empty object", `{}`, nil},
		{"null", `null`, nil},
		{"keys in any case", `{"files": ["a"], "ENV": {"A": "1"}, "HOME": "/x"}`, nil},
		{"null values", `{"Args": null, "RunConfig": null, "Files": [null]}`, nil},
		{"misspelled", `{"Flies": []}`, []string{"error ops.config-unknown-key Flies Files 1:2"}},
		{"misspelled below", "{\n  \"RunConfig\": {\"Memroy\": \"1g\"}\n}", []string{"error ops.config-unknown-key RunConfig.Memroy RunConfig.Memory 2:17"}},
		{"belongs below", `{"memory": "1g"}`, []string{"error ops.config-unknown-key memory RunConfig.Memory 1:2"}},
		{"belongs above", `{"RunConfig": {"Env": {}}}`, []string{"error ops.config-unknown-key RunConfig.Env Env 1:16"}},
		{"misspelled and misplaced", `{"Memor": "1g"}`, []string{"error ops.config-unknown-key Memor RunConfig.Memory 1:2"}},
		{"nothing near", `{"Xyzzy": 1}`, []string{"error ops.config-unknown-key Xyzzy  1:2"}},
		{"hidden key", `{"RunConfig": {"VirtfsShares": {}}}`, []string{"error ops.config-unknown-key RunConfig.VirtfsShares  1:16"}},
		{"unknown in a list", `{"RunConfig": {"Nics": [{"IPAdress": "1"}]}}`, []string{"error ops.config-unknown-key RunConfig.Nics[0].IPAdress RunConfig.Nics[0].IPAddress 1:26"}},
		{"text for list", `{"Args": "x"}`, []string{"error ops.config-type Args  1:10"}},
		{"number for text", `{"Env": {"PORT": 8080}}`, []string{"error ops.config-type Env.PORT  1:18"}},
		{"text for boolean", `{"RebootOnExit": "true"}`, []string{"error ops.config-type RebootOnExit  1:18"}},
		{"fraction for count", `{"RunConfig": {"CPUs": 1.5}}`, []string{"error ops.config-type RunConfig.CPUs  1:24"}},
		{"object for list", `{"MapDirs": ["a"]}`, []string{"error ops.config-type MapDirs  1:13"}},
		{"list at the top", `[]`, []string{"error ops.config-type   1:1"}},
		{"twice", `{"Args": ["a"], "args": ["b"]}`, []string{"warning ops.config-value Args  1:17"}},
		{"more after the end", "{}\n{}", []string{"warning ops.config-syntax   2:1"}},
		{"bad size", `{"BaseVolumeSz": "10MB"}`, []string{"warning ops.config-value BaseVolumeSz  1:2"}},
		{"bad memory", `{"RunConfig": {"Memory": "512MB"}}`, []string{"error ops.config-value RunConfig.Memory  1:16"}},
		{"good memory", `{"RunConfig": {"Memory": "1.5G"}}`, nil},
		{"size of no file", `{"BaseVolumeSz": "90000g"}`, []string{"warning ops.config-value BaseVolumeSz  1:2"}},
		{"memory of no machine", `{"RunConfig": {"Memory": "1"}}`, []string{"warning ops.config-value RunConfig.Memory  1:16"}},
		{"default memory", `{"RunConfig": {"Memory": "0"}}`, nil},
		{"more processors than QEMU takes", `{"RunConfig": {"CPUs": 300}}`, []string{"error ops.config-value RunConfig.CPUs  1:16"}},
		{"negative processors", `{"RunConfig": {"CPUs": -1}}`, []string{"warning ops.config-value RunConfig.CPUs  1:16"}},
		{"for ever", `{"RebootOnExit": true}`, []string{"note ops.config-value RebootOnExit  1:2"}},
		{"bad address", `{"RunConfig": {"IPAddress": "10.0.0"}}`, []string{"warning ops.config-value RunConfig.IPAddress  1:16"}},
		{"ignored keys", `{"NanosVersion": "0.1.50", "Debugflags": ["trace"]}`,
			[]string{"warning ops.config-value NanosVersion  1:2", "note ops.config-value Debugflags  1:28"}},
		{"kernel options are strings", `{"ManifestPassthrough": {"a": "t", "b": true, "c": {"d": [1]}}}`,
			[]string{"error ops.config-type ManifestPassthrough.b  1:36", "error ops.config-type ManifestPassthrough.c.d[0]  1:59"}},
		{"several at once", "{\n\"Flies\": [],\n\"Args\": 1\n}",
			[]string{"error ops.config-unknown-key Flies Files 2:1", "error ops.config-type Args  3:9"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, issues, err := ParseConfig("config.json", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range issues {
				got = append(got, strings.Join([]string{string(i.Severity), i.Code, i.Key, i.Near,
					strings.TrimPrefix(strings.SplitAfterN(i.String(), ": ", 2)[0], "config.json:")}, " "))
			}
			for i := range got {
				got[i] = strings.TrimSuffix(got[i], ": ")
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if string(cfg.Raw) != c.text {
				t.Errorf("Raw = %q", cfg.Raw)
			}
		})
	}
}

func TestParseConfigHints(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"Memory": "1g"}`, `c.json:1:2: Ops knows no key "Memory" at the top level; it belongs into RunConfig`},
		{`{"RunConfig": {"Env": {}}}`, `c.json:1:16: Ops knows no key "Env" in RunConfig; it belongs to the top level`},
		{`{"Flies": []}`, `c.json:1:2: Ops knows no key "Flies" at the top level; did you mean Files?`},
		{`{"Args": "x"}`, `c.json:1:10: Args is a string; Ops wants a list [...]; write ["x"]`},
		{`{"Env": {"PORT": 8080}}`, `c.json:1:18: Env.PORT is a number; Ops wants a string; write "8080"`},
		{`{"RebootOnExit": "true"}`, `c.json:1:18: RebootOnExit is a string; Ops wants true or false; write true`},
		{`{"ManifestPassthrough": {"debug_exit": true}}`,
			`c.json:1:26: ManifestPassthrough.debug_exit must be a string: Ops cannot write other values into the image; write "t" to switch it on`},
	} {
		_, issues, err := ParseConfig("c.json", []byte(c.text))
		if err != nil || len(issues) != 1 || issues[0].String() != c.want {
			t.Errorf("%s:\n got %v, %v\nwant %s", c.text, issues, err, c.want)
		}
	}
}

func TestParseConfigErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "c.json:1:1: the file is empty; write {} for a config without settings"},
		{" \n", "c.json:1:1: the file is empty; write {} for a config without settings"},
		{"{\n  \"Args\": [\"a\",]\n}", "c.json:2:16: invalid character ']' looking for beginning of value; remove the comma before it"},
		{`{"A": 1,}`, "c.json:1:9: invalid character '}' looking for beginning of object key string; remove the comma before it"},
		{"{\n// note\n}", "c.json:2:1: invalid character '/' looking for beginning of object key string; Ops reads plain JSON: remove the comment"},
		{`{'A': 1}`, `c.json:1:2: invalid character '\'' looking for beginning of object key string; use double quotes (")`},
		{`{“A”: 1}`, `c.json:1:2: invalid character 'â' looking for beginning of object key string; use straight double quotes (")`},
		{`{A: 1}`, "c.json:1:2: invalid character 'A' looking for beginning of object key string; put the key in double quotes"},
		{`{"A": True}`, "c.json:1:7: invalid character 'T' looking for beginning of value; write true, false or null in lower case"},
		{`{"A" = 1}`, "c.json:1:6: invalid character '=' after object key; put a colon between the key and its value"},
		{`{"A": "x" "B": 1}`, "c.json:1:11: invalid character '\"' after object key:value pair; put a comma between the entries, or close the one before"},
		{"{\"A\": \"x\n\"}", `c.json:1:9: invalid character '\n' in string literal; close the string with " on this line, or write the line break as \n`},
		{"{\"A\": \"C:\\dir\"}", `c.json:1:11: invalid character 'd' in string escape code; write a backslash as \\`},
		{"{\n \"A\": [1", "c.json:2:9: the file ends in the middle of a value; close the '[' of line 2, column 7"},
		{"\ufeff{}", "c.json:1:1: invalid character 'ï' looking for beginning of value; save the file as UTF-8 without a byte order mark"},
	} {
		cfg, issues, err := ParseConfig("c.json", []byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
		if cfg != nil || issues != nil {
			t.Errorf("%q: a value came with the error", c.text)
		}
	}
}

func TestParseConfigBounds(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	if _, _, err := ParseConfig("c", []byte(`{"ManifestPassthrough": {"a": `+deep+`}}`)); err != nil {
		t.Errorf("deep nesting: %v", err)
	}
	if _, _, err := ParseConfig("c", []byte(strings.Repeat("[", 20000))); err == nil {
		t.Error("endless nesting was taken")
	}
	many := "{" + strings.Repeat(`"unknown":1,`, 100000) + `"Files":[]}`
	if _, issues, err := ParseConfig("c", []byte(many)); err != nil || len(issues) != maxIssues {
		t.Errorf("many unknown keys: %d issues, %v", len(issues), err)
	}
	if _, _, err := ParseConfig("core", make([]byte, maxConfig+1)); err == nil {
		t.Error("a huge file was taken")
	}
}

func TestPlaceAndPointer(t *testing.T) {
	c, _, err := ParseConfig("c", []byte("{\n \"mapdirs\": {\n  \"a/*\": \"/\"},\n \"Files\": [\"x\",\n  \"y\"]}"))
	if err != nil {
		t.Fatal(err)
	}
	if l, col := c.Place("MapDirs", "a/*"); l != 3 || col != 3 {
		t.Errorf("Place(MapDirs, a/*) = %d:%d", l, col)
	}
	if l, col := c.Place("Files", "1"); l != 5 || col != 3 {
		t.Errorf("Place(Files, 1) = %d:%d", l, col)
	}
	for _, x := range []struct {
		keys []string
		want string
		ok   bool
	}{
		{[]string{"MapDirs", "a/*"}, "/mapdirs/a~1*", true},
		{[]string{"MapDirs", "b/*"}, "/mapdirs/b~1*", false},
		{[]string{"Env", "A"}, "/Env/A", false},
	} {
		if got, ok := c.Pointer(x.keys...); got != x.want || ok != x.ok {
			t.Errorf("Pointer(%q) = %q, %v", x.keys, got, ok)
		}
	}
}

// TestSchemaIsWhole keeps the typed config and Ops's own in step: every key of a
// config that Ops of May 2026 writes out is known here.
func TestSchemaIsWhole(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "every-key.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, issues, err := ParseConfig("every-key.json", b)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range issues {
		if i.Code != "ops.config-value" {
			t.Error(i)
		}
	}
	var want, got any
	again, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-file +parsed and written:\n%s", d)
	}
}

func TestLoadConfig(t *testing.T) {
	p := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(p, []byte(`{"Args": ["$NANODIAG_X"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NANODIAG_X", "value")
	for render, want := range map[string]string{"": "$NANODIAG_X", "true": "value"} {
		t.Setenv("ops_render_config", render)
		c, _, err := LoadConfig(p)
		if err != nil || c.Args[0] != want || !strings.Contains(string(c.Raw), "$NANODIAG_X") {
			t.Errorf("ops_render_config=%q: %+v, %v", render, c, err)
		}
	}
	if _, _, err := LoadConfig(p + "x"); err == nil || !strings.Contains(err.Error(), "-c") {
		t.Errorf("a missing config: %v", err)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"files", "flies", 1}, {"memory", "memmory", 1}, {"env", "envs", 1},
		{"kitten", "sitting", 3}, {strings.Repeat("a", 100), "a", maxKey},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// FuzzParseConfig: never a value with an error; every position lies in the file;
// what is reported as accepted by Ops is accepted by encoding/json's strict decoder,
// which is what Ops uses.
func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{
		`{}`, ``, `null`, `[]`, `{"Args":["a"],"Env":{"A":"1"}}`, `{"files":["x"],"Files":["y"]}`, `{"Flies":[]}`,
		`{"RunConfig":{"Memory":"1g","CPUs":1e3,"Nics":[{"Gateway":"x"}]}}`, "{\n// c\n}", `{"A":1,}`, `{"CPUs":2} x`,
		`{"ManifestPassthrough":{"a":{"b":[1,true,null]}}}`, `{"CloudConfig":{"Tags":[{"key":"k","attribute":{"image_label":true}}]}}`,
		"{\"\u212alibs\":[]}", `{"Env":{"":"","a/b~":"x"}}`, "\ufeff{}", `{"Args":"\u0000"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, issues, err := ParseConfig("f", b)
		if err != nil {
			if c != nil || issues != nil || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("%v, %v, %v", c, issues, err)
			}
			return
		}
		lines := strings.Count(string(b), "\n") + 1
		blocked := false
		for _, i := range issues {
			if i.Line < 0 || i.Line > lines || i.Message == "" || i.Code == "" {
				t.Fatalf("issue %+v in %d lines", i, lines)
			}
			blocked = blocked || i.Code == "ops.config-unknown-key" || i.Code == "ops.config-type" && !strings.HasPrefix(i.Key, "ManifestPassthrough")
		}
		dec := json.NewDecoder(strings.NewReader(string(b)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&Config{}); (err != nil) != blocked {
			t.Fatalf("issues %v, but the strict decoder says %v", issues, err)
		}
	})
}
