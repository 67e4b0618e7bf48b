//go:build linux && amd64

package strace

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

var setYama = flag.String("yama", "", "as root: set kernel.yama.ptrace_scope to this value while TestTraceUnderYama runs")

// confined are the places in which a tracer may find itself with few rights.
var confined = []struct {
	name string
	attr *syscall.SysProcAttr
	by   string // fixture that executes the rest
}{
	{"ordinary user", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}, ""},
	{"ordinary user of a user namespace", &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: nobody, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: nobody, Size: 1}},
		Credential:  &syscall.Credential{Uid: 1000, Gid: 1000, NoSetGroups: true},
	}, ""},
	{"user namespace without a map", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}, ""},
	{"container", &syscall.SysProcAttr{}, "container"},
}

// The tracer needs no rights but those over its own children.
func TestTraceConfined(t *testing.T) {
	if os.Getenv(asUser) != "" {
		traceConfined(t)
		return
	}
	if os.Geteuid() != 0 {
		t.Run("as this user", traceConfined)
		return
	}
	for _, c := range confined {
		t.Run(c.name, func(t *testing.T) {
			tmp := t.TempDir()
			if err := errors.Join(os.Chmod(filepath.Dir(tmp), 0o755), os.Chmod(tmp, 0o777)); err != nil {
				t.Fatal(err)
			}
			argv := []string{"/proc/self/exe", "-test.run=^TestTraceConfined$", "-test.v"}
			if c.by != "" {
				argv = append([]string{fixture(t, c.by)}, argv...)
				argv[1] = os.Args[0]
			}
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Env = append(os.Environ(), asUser+"=1", "TMPDIR="+tmp)
			cmd.SysProcAttr = c.attr
			out, err := cmd.CombinedOutput()
			switch {
			case cmd.ProcessState == nil:
				t.Skipf("not possible here: %v", err)
			case err != nil:
				t.Fatalf("%v\n%s", err, out)
			case strings.Contains(string(out), "--- SKIP"):
				t.Skipf("not possible here:\n%s", out)
			}
		})
	}
}

// traceConfined traces a program that starts another one, with each engine.
func traceConfined(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(data, []byte("content\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, engine := range map[string]Engine{"auto": EngineAuto, "ptrace": EnginePtrace, "notify": EngineNotify} {
		t.Run(name, func(t *testing.T) {
			r, err := tryRecord(t, Command{Path: "/bin/sh", Args: []string{"sh", "-c", `x=$(cat "$1"); echo "$x"; exit 7`, "sh", data}}, Options{Engine: engine})
			if errors.Is(err, ErrPtraceDenied) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Exit.Code != 7 || strings.TrimSpace(r.stdout) != "content" || r.Forks == 0 {
				t.Errorf("exit %+v, %d forks, printed %q", r.Exit, r.Forks, r.stdout)
			}
			has := func(want func(e *Event) bool) bool {
				return slices.ContainsFunc(r.events, func(e Event) bool { return want(&e) })
			}
			if !has(func(e *Event) bool { return strings.HasPrefix(e.Name, "open") && e.OK() && e.Abs == data }) {
				t.Errorf("the child's open of %s was missed", data)
			}
			if !has(func(e *Event) bool { return e.Name == "mmap" && strings.HasPrefix(filepath.Base(e.Abs), "libc") }) {
				t.Error("the mapping of libc was missed")
			}
		})
	}
}

// go test ./strace -run Yama -yama 1, as root. The setting is put back.
func TestTraceUnderYama(t *testing.T) {
	const scope = "/proc/sys/kernel/yama/ptrace_scope"
	old, err := os.ReadFile(scope)
	switch {
	case err != nil:
		t.Skip("this kernel has no Yama (kernel.yama.ptrace_scope)")
	case *setYama == "":
		t.Skipf("changes a setting of this machine: give -yama 1 (it is %s)", strings.TrimSpace(string(old)))
	}
	if err := os.WriteFile(scope, []byte(*setYama), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.WriteFile(scope, old, 0); err != nil {
			t.Error(err)
		}
	})
	TestTraceConfined(t)
}
