package ops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The mended text is what the user meant; "" where two readings are possible, or none.
func TestMends(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"misspelled", `{"Filez": ["a"]}`, `{"Files": ["a"]}`},
		{"letters swapped", `{"Agrs": ["a"]}`, `{"Args": ["a"]}`},
		{"misspelled, and a word for a list", `{"Filez": "a"}`, `{"Files": ["a"]}`},
		{"value does not fit", `{"Filez": {"a": "b"}}`, ``},
		{"another tool's word", `{"Volumes": {"x": "/y"}}`, `{"Mounts": {"x": "/y"}}`},
		{"another tool's form", `{"Volumes": ["x:/y"]}`, `{"Mounts": {"x": "/y"}}`},
		{"misplaced", `{"Memory": "1g"}`, `{"RunConfig": {"Memory": "1g"}}`},
		{"misplaced beside others", `{"Memory": "1g", "RunConfig": {"CPUs": 2}}`, `{"RunConfig": {"CPUs": 2, "Memory": "1g"}}`},
		{"at two levels", `{"ImageName": "x"}`, ``},
		{"joins a list", `{"File": ["b"], "Files": ["a"]}`, `{"Files": ["a", "b"]}`},
		{"joins an object", `{"Envs": {"B": "2"}, "Env": {"A": "1"}}`, `{"Env": {"A": "1", "B": "2"}}`},
		{"contradicts an object", `{"Envs": {"A": "2"}, "Env": {"A": "1"}}`, ``},
		{"set twice", `{"RunConfig": {"Memory": "1g", "Memry": "2g"}}`, ``},
		{"nothing near", `{"Xyzzy": 1, "Args": ["a"]}`, `{"Args": ["a"]}`},
		{"word for a list", `{"Args": "a"}`, `{"Args": ["a"]}`},
		{"options for a list", `{"Args": "--in a -v"}`, `{"Args": ["--in", "a", "-v"]}`},
		{"words for a list", `{"Args": "a b"}`, ``},
		{"quoted words", `{"Args": "-x 'a b'"}`, ``},
		{"number for text", `{"Env": {"PORT": 8080}}`, `{"Env": {"PORT": "8080"}}`},
		{"numbers in a list", `{"Args": [1, "b"]}`, `{"Args": ["1", "b"]}`},
		{"ports", `{"RunConfig": {"Ports": "80,443"}}`, `{"RunConfig": {"Ports": ["80,443"]}}`},
		{"port number", `{"RunConfig": {"Ports": 80}}`, `{"RunConfig": {"Ports": ["80"]}}`},
		{"several klibs in one word", `{"Klibs": "shmem,tmpfs"}`, ``},
		{"text for boolean", `{"RebootOnExit": "true"}`, `{"RebootOnExit": true}`},
		{"text for number", `{"RunConfig": {"CPUs": "4"}}`, `{"RunConfig": {"CPUs": 4}}`},
		{"fraction", `{"RunConfig": {"CPUs": 1.5}}`, ``},
		{"pairs", `{"Env": ["A=1", "B=x=y"]}`, `{"Env": {"A": "1", "B": "x=y"}}`},
		{"one name twice", `{"Env": ["A=1", "A=2"]}`, ``},
		{"list for a map", `{"MapDirs": ["a"]}`, ``},
		{"kernel option", `{"ManifestPassthrough": {"a": true}}`, `{"ManifestPassthrough": {"a": "t"}}`},
		{"size in words", `{"RunConfig": {"Memory": "512 MB"}}`, `{"RunConfig": {"Memory": "512M"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, issues, err := ParseConfig("config.json", []byte(c.text))
			if err != nil || len(issues) == 0 {
				t.Fatal(issues, err)
			}
			got := ""
			if m := issues[0].Mends; len(m) > 0 {
				b, err := Patch([]byte(c.text), m[0].Patch)
				if err != nil {
					t.Fatal(err)
				}
				got = string(b)
			}
			if squeeze(got) != squeeze(c.want) {
				t.Errorf("got  %s\nwant %s\n%s", got, c.want, issues[0])
			}
		})
	}
}

func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, ",", ", ")), "")
}

// Only what JSON with comments permits is read over.
func TestLoadMended(t *testing.T) {
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"{\"Files\": [\"a\",], // x\n}", true},
		{`{"Files": ["a"]`, false},
		{`{'Files': ["a"]}`, false},
		{`{"Files": ["a"] "Args": []}`, false},
	} {
		name := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, issues, err := LoadMended(name)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if !c.ok {
			continue
		}
		if bad, refused := Refused(issues); !refused || bad.Code != "ops.config-syntax" || string(cfg.Raw) != c.text || len(cfg.Files) != 1 {
			t.Errorf("%s: got %v, %v", c.text, bad, cfg.Files)
		}
	}
}
