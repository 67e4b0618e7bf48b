//go:build linux && amd64

package strace

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// asUser names what the copy of a test that runs as nobody is to do.
const asUser = "NANODIAG_TEST_AS_NOBODY"

const nobody = 65534

// againAsNobody runs the current test once more as an ordinary user, and reports
// whether this is that run.
func againAsNobody(t *testing.T) bool {
	t.Helper()
	if os.Getenv(asUser) != "" {
		return true
	}
	if os.Geteuid() != 0 {
		return false // an ordinary user already
	}
	// /proc/self/exe: the directories of go test's binary are its owner's alone.
	tmp := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(tmp), 0o755), os.Chmod(tmp, 0o777)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), asUser+"=1", "TMPDIR="+tmp)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, os.ErrPermission):
		t.Skipf("this directory cannot be entered as an ordinary user: %v", err)
	case err != nil:
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Logf("as an ordinary user:\n%s", out)
	}
	return false
}

// A directory is shown where the program is told to look, though the host has no such
// place, and the host's own directories stay as they are.
func TestMounts(t *testing.T) {
	again := againAsNobody(t)
	vol := t.TempDir()
	if err := os.WriteFile(filepath.Join(vol, "params"), []byte("fine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	nested := filepath.Join(t.TempDir(), "a", "b")
	if err := os.Mkdir(filepath.Dir(nested), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(nested), "sibling"), []byte("there\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, engine := range map[string]Engine{"ptrace": EnginePtrace, "notify": EngineNotify} {
		t.Run(name, func(t *testing.T) {
			script := `cat /nanodiag-volume/params "$1/params" "$1/../sibling"; echo new >/nanodiag-volume/out-` + name + `; echo no 2>/dev/null >"$1/x" || echo read-only; pwd; id -u; ls -d /etc /bin/sh; grep CapEff /proc/self/status`
			r, err := tryRecord(t, Command{
				Path: "/bin/sh", Args: []string{"sh", "-c", script, "sh", nested}, Dir: filepath.Dir(nested),
				Mounts: []Mount{{Host: vol, Guest: "/nanodiag-volume"}, {Host: vol, Guest: nested, ReadOnly: true}},
			}, Options{Engine: engine})
			if errors.Is(err, ErrMountsDenied) || errors.Is(err, ErrPtraceDenied) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Fields(r.stdout)
			want := []string{"fine", "fine", "there", "read-only", filepath.Dir(nested)}
			if len(got) < 6 || !slices.Equal(got[:5], want) {
				t.Fatalf("the program printed %q, want %q …", got, want)
			}
			if again && !strings.Contains(r.stdout, "CapEff:\t0000000000000000") {
				t.Errorf("the program has privileges:\n%s", r.stdout)
			}
			if out, err := os.ReadFile(filepath.Join(vol, "out-"+name)); string(out) != "new\n" {
				t.Errorf("what was written to the volume: %q, %v", out, err)
			}
			if !slices.ContainsFunc(r.Written, func(g FileGrowth) bool {
				return g.Path == "/nanodiag-volume/out-"+name && g.Added == 4 && g.Made
			}) {
				t.Errorf("written: %+v", r.Written)
			}
			for _, p := range []string{"/nanodiag-volume", nested} {
				if _, err := os.Stat(p); err == nil {
					t.Errorf("%s exists on the host now", p)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "nanodiag-mounts-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A mount point may be a link, whose target is looked for where the program's root will
// be; read-only means what is mounted below too.
func TestMountsByLink(t *testing.T) {
	againAsNobody(t)
	dir, vol := t.TempDir(), t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(vol, "params"), []byte("fine\n"), 0o644), os.Mkdir(filepath.Join(dir, "real"), 0o755),
		os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "link")), os.Chmod(dir, 0o1777|os.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	script := `cat "$1/link/params" "$1/real/params"; stat -c %a "$1"; echo x 2>/dev/null >/nanodiag-dev/shm/nanodiag-x || echo read-only`
	r, err := tryRecord(t, Command{Path: "/bin/sh", Args: []string{"sh", "-c", script, "sh", dir}, Mounts: []Mount{
		{Host: "/dev", Guest: "/nanodiag-dev", ReadOnly: true}, {Host: vol, Guest: filepath.Join(dir, "link")}, {Host: vol, Guest: filepath.Join(dir, "missing")},
	}}, Options{})
	if errors.Is(err, ErrMountsDenied) || errors.Is(err, ErrPtraceDenied) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(r.stdout); !slices.Equal(got, []string{"fine", "fine", "1777", "read-only"}) {
		t.Errorf("the program printed %q", got)
	}
}

func TestUser(t *testing.T) {
	if os.Geteuid() != 0 {
		_, err := tryRecord(t, Command{Path: "/usr/bin/id", User: &User{UID: 1, GID: 1}}, Options{})
		if err == nil || !strings.Contains(err.Error(), "another user") && !errors.Is(err, ErrPtraceDenied) {
			t.Errorf("an ordinary user became another one: %v", err)
		}
		return
	}
	for name, engine := range map[string]Engine{"ptrace": EnginePtrace, "notify": EngineNotify} {
		t.Run(name, func(t *testing.T) {
			r := record(t, Command{Path: "/usr/bin/id", User: &User{UID: nobody, GID: nobody, Groups: []uint32{1, 2}}}, Options{Engine: engine})
			if !strings.HasPrefix(r.stdout, "uid=65534") || !strings.Contains(r.stdout, "1(daemon),2(bin)") {
				t.Errorf("id says %s", r.stdout)
			}
			if r.Exit.Code != 0 || len(r.events) < 10 {
				t.Errorf("exit %+v, %d events", r.Exit, len(r.events))
			}
		})
	}
}
