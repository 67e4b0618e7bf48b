package loop

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
)

// TestRehearsalVolumes: what --native-mount shows natively, the rehearsal shows too.
func TestRehearsalVolumes(t *testing.T) {
	dir := t.TempDir()
	params := filepath.Join(dir, "params")
	if err := os.Mkdir(params, 0o755); err != nil {
		t.Fatal(err)
	}
	prog, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "prover"), prog, 0o755); err != nil {
		t.Fatal(err)
	}
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := ops.Project{Program: "./prover", Config: &ops.Config{}, Cwd: dir, Home: dir, Flags: ops.Flags{Mounts: []string{"vol:/nanodiag-params", "b:/nanodiag-empty"}}}
	spec, incomplete, err := RehearsalSpec(Options{Project: p, Table: table, NativeMounts: []strace.Mount{{Host: params, Guest: "/nanodiag-params"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := spec.Volumes["/nanodiag-params"]; got != params {
		t.Errorf("the volume is %q, want %q", got, params)
	}
	if got, ok := spec.Volumes["/nanodiag-empty"]; !ok || got != "" {
		t.Errorf("a volume that nothing is known of: %q, %v", got, ok)
	}
	if len(incomplete) != 2 {
		t.Errorf("incomplete: %q", incomplete)
	}
}
