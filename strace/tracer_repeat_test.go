//go:build linux && amd64

package strace

import (
	"syscall"
	"testing"
)

// A request that is repeated often is predicted, and still never wrong when the
// program itself changes what it will find.
func TestTracePredictsRepeatedOpens(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	r := record(t, Command{Path: fixture(t, "paths"), Args: []string{"paths", "repeat", dir}}, Options{})
	if r.Exit.Code != 29 {
		t.Fatalf("exit %+v", r.Exit)
	}
	calls, predicted := 0, 0
	for _, e := range r.events {
		if e.Path != dir+"/file" || e.Name != "openat" || e.Flags != syscall.O_RDONLY {
			continue
		}
		if found := calls >= 200 && calls < 400; e.OK() != found {
			t.Errorf("open %d: %+v, want found %v", calls, e, found)
		}
		calls++
		if e.State == Predicted {
			predicted++
		}
	}
	if calls != 600 || predicted < 400 || predicted > 600-2*repeatsUntilSure {
		t.Errorf("%d calls, %d of them predicted", calls, predicted)
	}
}
