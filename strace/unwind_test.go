//go:build linux && amd64

package strace

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// askFixture compiles the libraries that testdata/src/asks.c opens.
func askFixture(t *testing.T) (exe, dir string) {
	t.Helper()
	exe = fixture(t, "asks", "-rdynamic")
	lib := fixture(t, "asker", "-shared", "-fPIC")
	data, err := os.ReadFile(lib)
	if err != nil {
		t.Fatal(err)
	}
	dir = realDir(t)
	for _, name := range []string{
		"direct", "asker", "by-lib", "deep", "stale", "thread", "thread-by-lib", "gone", "again", "by-again", "apart", "read", "libneeded",
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".so"), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("gcc", "-shared", "-o", filepath.Join(dir, "needs.so"), "-Wl,--no-as-needed", "-L"+dir, "-lneeded", "-Wl,-rpath,"+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return exe, dir
}

// Who asked for a library is the object whose code called dlopen, whatever else is on
// the stack.
func TestCaller(t *testing.T) {
	t.Parallel()
	exe, dir := askFixture(t)
	r := record(t, Command{Path: exe, Args: []string{"asks", dir}}, Options{})
	if r.Exit.Code != 37 {
		t.Fatalf("exit %+v", r.Exit)
	}
	prog, lib := exe, dir+"/asker.so"
	want := map[string]string{
		"direct.so": prog, "asker.so": prog, "by-lib.so": lib, "deep.so": lib, "stale.so": prog,
		"needs.so": prog, "libneeded.so": prog, "thread.so": prog, "thread-by-lib.so": lib,
		"missing.so": prog, "missing-by-lib.so": lib, "gone.so": prog, "again.so": prog, "by-again.so": dir + "/again.so",
		"apart.so": prog, "read.so": prog,
	}
	got := map[string]string{}
	for _, e := range r.events {
		if path.Dir(e.Abs) == dir && e.Name == "openat" {
			got[path.Base(e.Abs)] = e.Caller
		}
		if e.Name == "openat" && strings.Contains(e.Abs, "/gconv/") && looksLikeLibrary(path.Base(e.Abs)) && roleOf(e.Caller) != roleLibc {
			t.Errorf("%s was asked for by %q, want libc itself", e.Abs, e.Caller)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("askers (-want +got):\n%s", d)
	}
}

// What a static program opens is nobody's request that we could tell.
func TestCallerUnknown(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-static", "-fno-asynchronous-unwind-tables"}, {"-static-pie"}} {
		r := record(t, Command{Path: fixture(t, "paths", flags...), Args: []string{"paths", "memory"}}, Options{})
		for _, e := range r.events {
			if e.Caller != "" && e.Caller != r.events[0].Abs {
				t.Errorf("%v: %s asked for by %s", flags, e.Abs, e.Caller)
			}
		}
	}
}

// The loader's own word on who asked, by rtld-audit(7), is the oracle. What an
// object's DT_NEEDED asks for is told by other means (package native).
func TestCallerAgreesWithAudit(t *testing.T) {
	t.Parallel()
	exe, dir := askFixture(t)
	audit := fixture(t, "audit", "-shared", "-fPIC")
	out, err := os.Create(filepath.Join(t.TempDir(), "audit"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(exe, dir)
	cmd.Env = append(os.Environ(), "LD_AUDIT="+audit)
	cmd.Stderr = out
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 37 {
		t.Skipf("the loader here knows no LD_AUDIT: %v", err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	oracle := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 && f[0] == "search" {
			oracle[f[1]] = f[2]
		}
	}
	r := record(t, Command{Path: exe, Args: []string{"asks", dir}}, Options{})
	compared := 0
	for _, e := range r.events {
		by, ok := oracle[e.Abs]
		if !ok || e.Name != "openat" || e.Caller == "" || strings.HasPrefix(path.Base(e.Abs), "lib") || roleOf(e.Abs) != roleAsker {
			continue
		}
		compared++
		if realPath(e.Caller) != realPath(by) {
			t.Errorf("%s: asked for by %s, the loader says %s", e.Abs, e.Caller, by)
		}
	}
	if compared < 14 {
		t.Errorf("only %d requests compared", compared)
	}
}

func realPath(p string) string {
	if r, err := filepath.EvalSymlinks(p); err == nil {
		return r
	}
	return p
}
