package loop

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// Of two diagnoses of one project the first to write wins; the second one's fix was
// made for a project that is no more.
func TestDraftWriteOnce(t *testing.T) {
	t.Parallel()
	for _, existing := range []bool{false, true} {
		dir := t.TempDir()
		p := ops.Project{Program: "./prog", Cwd: dir, Config: &ops.Config{}}
		if existing {
			file := filepath.Join(dir, "c.json")
			if err := os.WriteFile(file, []byte("{}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var err error
			if p.Config, _, err = ops.LoadConfig(file); err != nil {
				t.Fatal(err)
			}
		}
		var drafts [2]*draft
		for i := range drafts {
			drafts[i] = newDraft(p, bundler.Options{})
			if _, err := drafts[i].edit([]ops.PatchOp{{Op: "add", Path: "/Klibs", Value: []string{"tmpfs"}}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := drafts[0].write(); err != nil {
			t.Fatalf("existing %v: %v", existing, err)
		}
		if err := drafts[1].write(); !errors.Is(err, errChanged) {
			t.Errorf("existing %v: the second write gave %v", existing, err)
		}
		if names, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(names) != 1 {
			t.Errorf("existing %v: %v", existing, names)
		}
	}
}

// TestNewConfigIsInTheWorkingDirectory: not in the root that -r names, nor beside the program.
func TestNewConfigIsInTheWorkingDirectory(t *testing.T) {
	t.Parallel()
	cwd := t.TempDir()
	for _, p := range []ops.Project{
		{Program: "/usr/bin/python3", Flags: ops.Flags{TargetRoot: "bullseye"}},
		{Program: "./build/prover"},
		{Program: "/usr/bin/python3"},
	} {
		p.Cwd, p.Config = cwd, &ops.Config{}
		d := newDraft(p, bundler.Options{})
		if got := filepath.Dir(d.file); got != cwd || !d.isNew {
			t.Errorf("%s: the configuration goes into %s, want %s", p.Program, got, cwd)
		}
		if got := filepath.Dir(d.bundleDir); got != cwd {
			t.Errorf("%s: the bundle goes into %s, want %s", p.Program, got, cwd)
		}
	}
}
