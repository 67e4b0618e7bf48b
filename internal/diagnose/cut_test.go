package diagnose

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/tracelog"
)

// TestCutLogs: of a trace that ends too early, in the middle of a line or behind one,
// nothing wrong is said surely, and what is not known is told.
func TestCutLogs(t *testing.T) {
	t.Parallel()
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	unknown := 0
	for _, dir := range recordingDirs(t) {
		var want truth
		readJSON(t, filepath.Join(dir, "expect.json"), &want)
		data, err := os.ReadFile(filepath.Join(dir, "trace.log"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		native := readNative(t, dir)
		for _, part := range []int{35, 50, 65, 66, 80, 81, 90, 97} {
			cut := data[:len(data)*part/100]
			if part%2 == 0 {
				cut = cut[:bytes.LastIndexByte(cut, '\n')+1]
			}
			for part%2 == 1 && len(cut) > 0 && cut[len(cut)-1] == '\n' {
				cut = cut[:len(cut)-1]
			}
			log, err := tracelog.Read(bytes.NewReader(cut))
			if err != nil {
				t.Fatal(err)
			}
			in := Input{Guest: log, GuestSource: "trace.log", Table: table, Native: native, NativeSource: "native.strace.log"}
			if c, _, err := ops.LoadConfig(filepath.Join(dir, "config.json")); err == nil {
				in.Config = c
			}
			v := Diagnose(in)
			if rank(v.Cause.Confidence) > rank(Possible) && !want.is(v.Cause.ID) {
				t.Errorf("%s cut at %d %%: %s %s is said to be %s; the truth is %s %s", dir, part, v.Cause.ID, v.Cause.Subject, v.Cause.Confidence, want.Cause, want.Subject)
			}
			if v.Cause.ID == "unknown" {
				unknown++
				if len(v.Incomplete) == 0 && log.Booted || v.Outcome == OutcomeOK {
					t.Errorf("%s cut at %d %%: outcome %s, not checked %q", dir, part, v.Outcome, v.Incomplete)
				}
			}
		}
	}
	if unknown < 100 {
		t.Errorf("only %d cut logs are undecided", unknown)
	}
}
