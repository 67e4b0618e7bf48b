package native

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRoot runs a program in another root: what it opens counts by the paths in there,
// and the kernel's own files are there.
func TestRoot(t *testing.T) {
	root := t.TempDir()
	for _, d := range []string{"bin", "data", "proc", "dev"} {
		if err := os.Mkdir(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "data/only-here"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	cc := exec.Command("gcc", "-x", "c", "-static", "-o", filepath.Join(root, "bin/prog"), "-")
	cc.Stdin = strings.NewReader(`
		#include <fcntl.h>
		#include <unistd.h>
		int main(void) {
			char self[200];
			int bad = 0;
			bad |= open("/data/only-here", O_RDONLY) < 0 ? 1 : 0;
			bad |= open("data/only-here", O_RDONLY) < 0 ? 2 : 0;
			bad |= open("/dev/null", O_RDONLY) < 0 ? 4 : 0;
			bad |= readlink("/proc/self/exe", self, sizeof self) <= 0 ? 8 : 0;
			bad |= access("/usr/bin/env", F_OK) == 0 ? 16 : 0;
			return bad;
		}`)
	if out, err := cc.CombinedOutput(); err != nil {
		t.Skipf("needs gcc and a static libc: %v\n%s", err, out)
	}
	run, err := Record(context.Background(), Spec{Program: "/bin/prog", Args: []string{"prog"}, Env: []string{}, Dir: "/", Root: root})
	if err != nil {
		if os.Getuid() != 0 {
			t.Skipf("needs user namespaces: %v", err)
		}
		t.Fatal(err)
	}
	if run.Result.Exit.Code != 0 {
		t.Errorf("exit %+v; each bit is a file that was not as it should be", run.Result.Exit)
	}
	got := map[string]int64{}
	for _, f := range run.Facts.Files {
		if strings.HasPrefix(f.Path, "/data/") || strings.Contains(f.Path, root) {
			got[f.Path] = f.BytesRead
		}
	}
	if d := cmp.Diff(map[string]int64{"/data/only-here": 1}, got); d != "" {
		t.Errorf("files -want +got:\n%s", d)
	}
	if left, err := os.ReadDir(filepath.Join(root, "proc")); err != nil || len(left) > 0 {
		t.Errorf("the mounts are seen outside of the run: %d entries in proc, %v", len(left), err)
	}
}
