package native

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAttribute(t *testing.T) {
	t.Parallel()
	lib := func(path, by string, main bool) Library {
		l := Library{Real: path, Main: main}
		l.Path, l.OpenedBy = path, by
		return l
	}
	libs := []Library{
		lib("/l/libneeded-first.so", "/prog", true), // opened by hand before the one that needs it
		lib("/l/plugin.so", "/prog", true),
		lib("/l/liba.so.1", "/prog", true), // needed by plugin.so: the stack shows the program's dlopen
		lib("/l/libb.so.1", "/prog", true), // needed by liba.so.1
		lib("/l/other.so", "/l/plugin.so", true),
	}
	needs := [][]string{nil, {"libneeded-first.so", "liba.so.1"}, {"libb.so.1"}, nil, nil}
	attribute(libs, needs)
	got := map[string]string{}
	for _, l := range libs {
		got[l.Path] = l.OpenedBy
	}
	want := map[string]string{
		"/l/libneeded-first.so": "/prog", "/l/plugin.so": "/prog", "/l/liba.so.1": "/l/plugin.so",
		"/l/libb.so.1": "/l/liba.so.1", "/l/other.so": "/l/plugin.so",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The loader itself knows for which object it searches, and tells an rtld-audit(7)
// library. Real programs must agree with it.
func TestOpenedByAgreesWithAudit(t *testing.T) {
	t.Parallel()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("gcc is not installed: the audit library cannot be built")
	}
	audit := filepath.Join(t.TempDir(), "audit.so")
	if out, err := exec.Command(gcc, "-shared", "-fPIC", "-w", "-o", audit, "../../strace/testdata/src/audit.c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	for _, argv := range [][]string{
		{"perl", "-MPOSIX", "-MSocket", "-MList::Util", "-e", "POSIX::floor(1)"},
		{"python3", "-c", "import ssl, ctypes, sqlite3, json, hashlib"},
	} {
		t.Run(argv[0], func(t *testing.T) {
			t.Parallel()
			exe, err := exec.LookPath(argv[0])
			if err != nil {
				t.Skipf("%s is not installed", argv[0])
			}
			// A script in its place (pyenv) would start other programs first.
			if argv[0] == "python3" {
				out, err := exec.Command(exe, "-c", "import sys; print(sys.executable)").Output()
				if err != nil {
					t.Skipf("%s does not run: %v", exe, err)
				}
				exe = strings.TrimSpace(string(out))
			}
			oracle := auditSearches(t, audit, exe, argv[1:])
			run := record(t, Spec{Program: exe, Args: append([]string{exe}, argv[1:]...)})
			agree := 0
			for _, l := range run.Libs {
				by, ok := oracle[real(l.Path)]
				switch {
				case !ok:
				case l.OpenedBy == "":
					t.Logf("%s: nobody named, the loader says %s", l.Path, by)
				case real(l.OpenedBy) != real(by):
					t.Errorf("%s: asked for by %s, the loader says %s", l.Path, l.OpenedBy, by)
				default:
					agree++
				}
			}
			if agree < 3 {
				t.Errorf("only %d libraries were attributed as the loader does", agree)
			}
		})
	}
}

// auditSearches returns, by the real path found, the object that each search was for.
func auditSearches(t *testing.T, audit, exe string, args []string) map[string]string {
	t.Helper()
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), "LD_AUDIT="+audit)
	var text strings.Builder
	cmd.Stderr = &text
	if err := cmd.Run(); err != nil {
		t.Skipf("%s does not run here: %v", exe, err)
	}
	found := map[string]string{}
	for line := range strings.Lines(text.String()) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 || f[0] != "search" {
			continue
		}
		if _, err := os.Stat(f[1]); err != nil {
			continue
		}
		if r := real(f[1]); found[r] == "" {
			found[r] = f[2]
		}
	}
	if len(found) == 0 {
		t.Skip("the loader here knows no LD_AUDIT")
	}
	return found
}

func real(p string) string {
	if r, err := filepath.EvalSymlinks(p); err == nil {
		return r
	}
	return p
}
