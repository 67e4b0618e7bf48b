package loop

import (
	"strings"
	"testing"
)

func TestRepairCommand(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"nanodiag preflight ./p -c a.json":                                     "nanodiag diagnose ./p -c a.json",
		"nanodiag preflight --fail-on warning ./p --baseline=old.json":         "nanodiag diagnose ./p",
		"nanodiag preflight ./p --ignore file -- --fail-on error preflight":    "nanodiag diagnose ./p -- --fail-on error preflight",
		"nanodiag preflight ./p --format text,json=p.json --fail-on":           "nanodiag diagnose ./p --format text,json=p.json",
		"nanodiag --quiet preflight ./preflight --engine rehearse --ignore= x": "nanodiag --quiet diagnose ./preflight --engine rehearse x",
	} {
		if got := strings.Join(repairCommand(strings.Fields(given)), " "); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", given, got, want)
		}
	}
}
