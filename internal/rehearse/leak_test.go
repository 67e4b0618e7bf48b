//go:build linux && amd64

package rehearse

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// victimVariable makes the test program run the program that it names, and nothing
// else, until it is killed.
const victimVariable = "REHEARSE_TEST_VICTIM"

func beKilled(program string) {
	view := guestfs.New()
	err := view.Add("/program", guestfs.Node{Mode: 0o755, Host: program})
	if err == nil {
		_, err = Run(context.Background(), Spec{View: view, Program: "/program", Stdout: os.Stdout})
	}
	panic(err)
}

// Whoever kills nanodiag outright kills the program and everything around it.
func TestKilledParentTakesAllWithIt(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hang.c", "-static")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimVariable+"="+program)
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if b := make([]byte, 8); true {
		if _, err := io.ReadFull(r, b); err != nil {
			t.Fatalf("the program did not start: %v", err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// The pipe ends only when the last process that holds it is gone.
	if b, err := io.ReadAll(r); err != nil || len(b) != 0 {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestNothingStaysMounted(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hello.c", "-static")
	mounts := func() string {
		b, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil {
			t.Fatal(err)
		}
		var ours []string // others may mount things elsewhere meanwhile
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4], procDir) {
				ours = append(ours, line)
			}
		}
		return strings.Join(ours, "")
	}
	before := mounts()
	run(t, Spec{View: hostView(t, program), Program: program, Volumes: map[string]string{"/mnt": t.TempDir()}})
	if after := mounts(); after != before {
		t.Errorf("mounts changed:\n%s\n%s", before, after)
	}
}
