package ops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	rc := filepath.Join(t.TempDir(), ".opsrc")
	write := func(text string) {
		if err := os.WriteFile(rc, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"Env": {"A": "rc", "B": "rc"}, "Args": ["x", "y"], "MapDirs": {"t/*": "/t"}, "NameServers": ["1.1.1.1"],
		"RunConfig": {"Memory": "1g", "CPUs": 4}, "Unknown": 1}`)
	c, issues, err := ParseConfig("config.json", []byte(`{"Env": {"B": "own"}, "Args": ["z"], "RunConfig": {"CPUs": 2}}`))
	if err != nil || len(issues) > 0 {
		t.Fatal(err, issues)
	}
	if err := c.SetDefaults(rc); err != nil {
		t.Fatal(err)
	}
	e, _ := c.ApplyFlags(Flags{})
	type merged struct {
		Env, MapDirs map[string]string
		Args, Names  []string
		Memory       string
		CPUs         int
	}
	want := merged{map[string]string{"A": "rc", "B": "own"}, map[string]string{"t/*": "/t"}, []string{"z"}, []string{"1.1.1.1"}, DefaultMemory, 2}
	if d := cmp.Diff(want, merged{e.Env, e.MapDirs, e.Args, e.NameServers, e.RunConfig.Memory, e.RunConfig.CPUs}); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if ptr, ok := c.Pointer("MapDirs"); ok || len(c.MapDirs) > 0 {
		t.Errorf("a patch would take MapDirs for the config's own: %s", ptr)
	}
	write("{")
	if err := c.SetDefaults(rc); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("damaged defaults: %v", err)
	}
}
