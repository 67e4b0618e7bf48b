package loop

import (
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
)

// A volume that is not there stops a rehearsal as it stops Ops, though this host has a
// directory at its mount point, unless --native-mount says what it holds.
func TestRehearsalWantsVolumes(t *testing.T) {
	issue := ops.Issue{Code: "ops.volume-not-found", Severity: ops.Error, Key: "nothere", Hint: "create it"}
	other := ops.Issue{Code: "ops.config-value", Severity: ops.Error, Key: "CPUs"}
	p := ops.Project{Program: "./app", Cwd: t.TempDir(), Config: &ops.Config{}, Flags: ops.Flags{Mounts: []string{"nothere:/etc"}}}
	s := &session{opt: Options{Project: p}, rep: &report.Report{}}
	got := s.withoutVolumes([]ops.Issue{issue, other})
	if len(got) != 2 || !strings.Contains(got[0].Hint, "--native-mount DIR:/etc") {
		t.Errorf("without the volume: %v", got)
	}
	s.opt.NativeMounts = []strace.Mount{{Host: "/srv/data", Guest: "/etc"}}
	if got = s.withoutVolumes([]ops.Issue{issue, other}); len(got) != 1 || got[0].Key != "CPUs" || len(s.rep.Incomplete) != 1 {
		t.Errorf("with its content named: %v, %q", got, s.rep.Incomplete)
	}
}
