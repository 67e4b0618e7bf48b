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
		case out.Exit.Code != 3 || len(out.Incomplete) > 0: // what rewriting lacks is Run's to say
			t.Errorf("%+v: exit %+v, incomplete %q", w, out.Exit, out.Incomplete)
		default:
			ran++
		}
	}
	if ran == 0 {
		t.Error("no way works, although Available says so")
	}
}

// Where no namespaces may be made, paths are rewritten: the whole suite passes, and
// the outcome says what it lacks and what would permit it. The limit is set in a user
// namespace of its own, so the system does not notice.
func TestWithoutNamespaces(t *testing.T) {
	if os.Getenv(noNamespaces) != "" {
		if ok, reason := Available(); !ok || !strings.Contains(reason, "sysctl -w user.max_user_namespaces") {
			t.Errorf("available: %v, %q", ok, reason)
		}
		program := compile(t, "testdata/hello.c", "-static")
		out, err := Run(context.Background(), Spec{View: hostView(t, program), Program: program})
		if err != nil || len(out.Incomplete) != 1 || !strings.Contains(out.Incomplete[0], "rewrote") {
			t.Errorf("%+v, %v", out, err)
		}
		return
	}
	needNamespaces(t)
	if rewriting() {
		t.Skip("this system permits no namespaces: every test runs without them")
	}
	const limit = "echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_mnt_namespaces && exec \"$@\""
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh", exe, "-test.v")
	cmd.Env = append(os.Environ(), noNamespaces+"=1")
	b, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, b)
	}
}

const noNamespaces = "REHEARSE_TEST_NO_NAMESPACES"
