//go:build linux && amd64

package rehearse

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	_ "os/user" // links the C library where cgo is on, as nanodiag then is: the root need not hold it
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

func TestMain(m *testing.M) {
	Init()
	strace.Shim()
	if program := os.Getenv(victimVariable); program != "" {
		beKilled(program)
	}
	os.Exit(m.Run())
}

// needNamespaces skips where this system permits no rehearsal.
func needNamespaces(t testing.TB) {
	t.Helper()
	if ok, reason := Available(); !ok {
		t.Skip(reason)
	}
}

// rewriting reports whether rehearsals here have no root of their own.
func rewriting() bool {
	_, reason := Available()
	return reason != ""
}

// compile builds a C fixture and returns the program's path.
func compile(t testing.TB, source string, args ...string) string {
	t.Helper()
	return compileWith(t, "gcc", source, args...)
}

func compileWith(t testing.TB, cc, source string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(cc); err != nil {
		t.Skipf("needs %s", cc)
	}
	out := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(source), ".c"))
	cmd := exec.Command(cc, append([]string{"-w", "-o", out, source, "-lpthread"}, args...)...)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, b)
	}
	return out
}

// hostView makes a view that holds host files at their own paths.
func hostView(t testing.TB, files ...string) *guestfs.Tree {
	t.Helper()
	v := guestfs.New()
	for _, f := range files {
		addHost(t, v, f, f)
	}
	return v
}

func addHost(t testing.TB, v *guestfs.Tree, guest, host string) {
	t.Helper()
	info, err := os.Stat(host)
	if err == nil {
		err = v.Add(guest, guestfs.Node{Mode: info.Mode().Perm(), Host: host, Size: info.Size()})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// addTree puts a directory of the host into a view, links as links.
func addTree(t testing.TB, v *guestfs.Tree, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return v.Add(p, guestfs.Node{Mode: fs.ModeDir | 0o755})
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			return v.Add(p, guestfs.Node{Mode: fs.ModeSymlink | 0o777, Target: target})
		}
		return v.Add(p, guestfs.Node{Mode: 0o644, Host: p})
	})
	if err != nil {
		t.Fatal(err)
	}
}

var lddPath = regexp.MustCompile(`(?m)(/\S+) \(0x`)

// withLibraries makes a view of a program and what it is linked with.
func withLibraries(t testing.TB, program string) *guestfs.Tree {
	t.Helper()
	v := hostView(t, program)
	addLibraries(t, v, program)
	return v
}

func addLibraries(t testing.TB, v *guestfs.Tree, object string) {
	t.Helper()
	out, err := exec.Command("ldd", object).Output()
	if err != nil {
		t.Skipf("ldd %s: %v", object, err)
	}
	for _, m := range lddPath.FindAllSubmatch(out, -1) {
		addHost(t, v, string(m[1]), string(m[1]))
	}
}

// run rehearses and returns what the program printed.
func run(t testing.TB, spec Spec) (*Outcome, string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	spec.Stdout, spec.Stderr = w, w
	if spec.Timeout == 0 {
		spec.Timeout = 30 * time.Second
	}
	var printed bytes.Buffer
	copied := make(chan struct{})
	go func() {
		_, _ = io.Copy(&printed, r)
		close(copied)
	}()
	out, err := Run(context.Background(), spec)
	w.Close()
	<-copied
	if err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
	return out, printed.String()
}
