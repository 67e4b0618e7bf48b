package elfdeps

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestRandomMusl is TestRandomGraphs with musl's loader.
func TestRandomMusl(t *testing.T) {
	real, err := filepath.EvalSymlinks(muslInterpreterPath)
	if err != nil {
		real = muslInterpreterPath
	}
	loader := mustRead(t, real)
	graphs, seed := envInt(t, "NANODIAG_GRAPHS", 60), envInt(t, "NANODIAG_SEED", 1)
	for i := range graphs {
		g := newGraph(t.TempDir(), uint64(seed+i))
		g.interp = muslInterpreterPath
		g.write(t, muslInterpreterPath, loader)
		g.fill(t)
		if g.chance(3) {
			g.write(t, "/etc/ld-musl-x86_64.path", []byte(pick(g, []string{"/c:/lib64\n", "/b\n/a\n", "", "/usr/lib\n"})))
		}
		want, err := g.muslSays()
		if err != nil {
			t.Skip("cannot run the loader in a chroot (needs root): ", err)
		}
		got, err := g.weSay()
		if err != nil {
			t.Fatalf("seed %d: %v", seed+i, err)
		}
		if d := g.compare(want, got); d != "" {
			t.Errorf("seed %d: (-loader +ours):\n%s\nenv %q\n%s", seed+i, d, g.env(), g.log)
		}
	}
}

// muslSays runs musl's loader as its ldd.
func (g *graph) muslSays() (outcome, error) {
	cmd := exec.Command(muslInterpreterPath, "--list", "/bin/prog")
	cmd.Env = g.env()
	cmd.Dir = "/work"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: g.root}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	_ = cmd.Wait()
	var o outcome
	o.Objects = []string{muslInterpreterPath + " => " + muslInterpreterPath}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if i := strings.LastIndex(line, " (0x"); i >= 0 {
			line = line[:i]
		}
		name, p, found := strings.Cut(line, " => ")
		if found && p != muslInterpreterPath {
			o.Objects = append(o.Objects, name+" => "+absolute(p))
		}
	}
	// Error loading shared library libx.so: No such file or directory (needed by /bin/prog)
	for line := range strings.Lines(errs.String()) {
		if rest, found := strings.CutPrefix(line, "Error loading shared library "); found {
			name, _, _ := strings.Cut(rest, ": ")
			o.Objects = append(o.Objects, name+" => not found")
		}
	}
	o.sort()
	o.Objects = slices.Compact(o.Objects)
	return o, nil
}
