package bundler

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A second bundle takes the place of the first and holds both; what both have is the
// second's.
func TestWith(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundle")
	first := &Plan{Entries: []Entry{
		{To: "/etc/both", Content: []byte("old"), Mode: 0o644, Kind: KindData},
		{To: "/etc/only-first", Content: []byte("kept"), Mode: 0o755, Kind: KindData},
		{To: "/link", Link: "etc/both", Kind: KindLink},
	}}
	if Made(dir) {
		t.Fatal("Made before Stage")
	}
	if err := first.Stage(dir); err != nil {
		t.Fatal(err)
	}
	if !Made(dir) {
		t.Fatal("Stage left no mark")
	}
	second := &Plan{Entries: []Entry{{To: "/etc/both", Content: []byte("new"), Mode: 0o644, Kind: KindData}}}
	both, err := second.With(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := both.Stage(dir); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range []string{"etc/both", "etc/only-first", "link"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = string(b)
	}
	want := map[string]string{"etc/both": "new", "etc/only-first": "kept", "link": "new"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if info, err := os.Stat(filepath.Join(dir, "etc/only-first")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode of a kept file: %v, %v", info.Mode(), err)
	}
	if len(second.Entries) != 1 {
		t.Error("With changed the plan it was called on")
	}
}
