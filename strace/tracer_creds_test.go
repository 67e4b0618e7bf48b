//go:build linux && amd64

package strace

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What a process could open before it gave up its rights is no sign of what it can
// open afterwards.
func TestPredictionsEndWithCredentials(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("takes root: the program gives up its rights")
	}
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, "creds", secret)
	if r.Exit.Code != 0 {
		t.Fatalf("exit %d", r.Exit.Code)
	}
	opened, refused, predicted := 0, 0, 0
	for _, e := range r.events {
		switch {
		case e.Abs != secret:
		case e.OK():
			opened++
			if e.State == Predicted {
				predicted++
			}
		case e.Err == syscall.EACCES:
			refused++
		}
	}
	if opened != 40 || refused != 40 || predicted == 0 {
		t.Errorf("opened %d times, refused %d times, %d predicted; want 40, 40, some", opened, refused, predicted)
	}
}
