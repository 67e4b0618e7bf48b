//go:build linux && amd64

package rehearse

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Every combination of namespaces that this system permits gives the same answers.
func TestEveryWay(t *testing.T) {
	needNamespaces(t)
	program := compile(t, "testdata/hello.c", "-static")
	spec := Spec{View: hostView(t, program), Program: program, Volumes: map[string]string{"/mnt": t.TempDir()}}
	p, err := newPlan(&spec)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, w := range ways() {
		out, err := w.run(context.Background(), &spec, p)
		switch {
		case errors.Is(err, ErrUnavailable):
			t.Logf("%+v: %v", w, err)
		case err != nil:
			t.Errorf("%+v: %v", w, err)
		case out.Exit.Code != 3 || len(out.Incomplete) > 0:
			t.Errorf("%+v: exit %+v, incomplete %q", w, out.Exit, out.Incomplete)
		default:
			ran++
		}
	}
	if ran == 0 {
		t.Error("no way works, although Available says so")
	}
}

// Where no namespaces may be made, the error says what to do. The limit is set in a
// user namespace of its own, so the system does not notice.
func TestUnavailable(t *testing.T) {
	if os.Getenv(noNamespaces) != "" {
		program := compile(t, "testdata/hello.c", "-static")
		_, err := Run(context.Background(), Spec{View: hostView(t, program), Program: program})
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "sysctl -w user.max_user_namespaces") {
			t.Errorf("error %v", err)
		}
		if ok, reason := Available(); ok || !strings.Contains(reason, "sysctl") {
			t.Errorf("available: %v, %q", ok, reason)
		}
		return
	}
	needNamespaces(t)
	const limit = "echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_mnt_namespaces && exec \"$@\""
	cmd := exec.Command("unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh", "/proc/self/exe", "-test.run=^TestUnavailable$", "-test.v")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args[7] = exe
	cmd.Env = append(os.Environ(), noNamespaces+"=1")
	b, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, b)
	}
	t.Logf("%s", b)
}

const noNamespaces = "REHEARSE_TEST_NO_NAMESPACES"
