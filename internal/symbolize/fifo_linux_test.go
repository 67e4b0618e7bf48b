package symbolize

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestFIFO: a FIFO in place of the program must not block.
func TestFIFO(t *testing.T) {
	t.Parallel()
	in := recording(t, "nullfield", "nullfield")
	in.ProgramHost = filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(in.ProgramHost, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Explain(in)
	if err != nil || len(r.Incomplete) == 0 {
		t.Errorf("report %+v, error %v", r, err)
	}
}
