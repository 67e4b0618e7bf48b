package ops

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	own, ns := ownName("1"), pidNamespace()
	dead := "nanodiag-" + ns + "-" + strconv.Itoa(gone.Process.Pid) + "-2"
	home, runs := t.TempDir(), t.TempDir()
	for _, name := range []string{own, dead, "nanodiag-77-1-3", "mine", "nanodiag-x"} {
		lay(t, home, map[string]string{"images/" + name: "raw"})
		lay(t, runs, map[string]string{"2026/tmp-" + name + "/f": "x"})
	}
	Sweep(home, runs)
	want := map[string]bool{own: true, dead: ns == "0", "nanodiag-77-1-3": true, "mine": true, "nanodiag-x": true}
	images, scratch := map[string]bool{}, map[string]bool{}
	for name := range want {
		_, err := os.Stat(filepath.Join(home, "images", name))
		images[name] = err == nil
		_, err = os.Stat(filepath.Join(runs, "2026", "tmp-"+name, "f"))
		scratch[name] = err == nil
	}
	if d := cmp.Diff(want, images); d != "" {
		t.Errorf("images (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, scratch); d != "" {
		t.Errorf("scratch directories (-want +got):\n%s", d)
	}
}
