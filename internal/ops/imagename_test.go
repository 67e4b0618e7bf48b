package ops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A name that Ops or QEMU would take for two is refused before anything runs, with
// another one to take.
func TestImageName(t *testing.T) {
	dir := t.TempDir()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ program, flag, config, hint string }{
		{"app", "", "", ""},
		{"sp ace", "", "", "-i sp-ace"},
		{"a,b", "", "", "-i a-b"},
		{"n\nl", "", "", "-i n-l"},
		{"q=\"q", "", "", ""},
		{"app.v 2", "", "", ""}, // cut at the dot
		{"sp ace", "app", "", ""},
		{"app", "my image", "", "-i my-image"},
		{"app", "", "my image", "my-image"},
		{"sp ace", "", "fine", ""},
	} {
		if err := os.WriteFile(filepath.Join(dir, c.program), self, 0o700); err != nil {
			t.Fatal(err)
		}
		text := `{}`
		if c.config != "" {
			text = `{"RunConfig": {"ImageName": "` + c.config + `"}}`
		}
		cfg, _, err := ParseConfig("config.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		_, issues, err := View(Project{Program: "./" + c.program, Cwd: dir, Config: cfg, Flags: Flags{ImageName: c.flag}})
		if err != nil {
			t.Fatal(err)
		}
		hint := ""
		for _, i := range issues {
			if i.Code == "ops.config-value" {
				hint = i.Hint
				if i.Severity != Error || (len(i.Mends) > 0) != (c.config != "") {
					t.Errorf("%q: %s, %d mends", c.program, i.Severity, len(i.Mends))
				}
			}
		}
		if !strings.Contains(hint, c.hint) || c.hint == "" && hint != "" {
			t.Errorf("%q -i %q, ImageName %q: %q, want %q", c.program, c.flag, c.config, hint, c.hint)
		}
	}
}
