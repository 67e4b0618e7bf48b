//go:build linux && amd64

package strace

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nestedRun is what the process inside the namespaces is told by its environment, and
// what it prints.
type nestedRun struct {
	Command Command
	ProcDir string

	Exit       Exit
	Paths      []string // of the directory's files
	Incomplete []string
	Error      string
}

// The tracer works as the first process of a PID namespace, under an outer /proc whose
// process numbers are others, and with the program in a root of its own.
func TestTraceInNamespaces(t *testing.T) {
	if spec := os.Getenv("STRACE_TEST_NESTED"); spec != "" {
		traceNested(spec)
	}
	t.Parallel()
	root := realDir(t)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	exe := fixture(t, "paths", "-static")
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "paths"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "work"), 0o777); err != nil {
		t.Fatal(err)
	}
	resolved := []string{
		"/work/sub", "/work/other", "/work/sub", "/work/a", "/work/sub/b", "/work/sub", "/work/sub/c", "/work/sub",
		"/work/other/d", "/work/other", "/work/other/e", "/work/sub/f", "/work/sub/g",
	}
	tests := []struct {
		name string
		run  nestedRun
		want []string
	}{
		{"outer proc", nestedRun{Command: Command{Path: "/paths", Args: []string{"paths", "relative", "/work"}, Root: root}}, resolved},
		{"no proc", nestedRun{Command: Command{Path: "/paths", Args: []string{"paths", "memory"}, Root: root}, ProcDir: "/nonexistent"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := json.Marshal(tt.run)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("/proc/self/exe", "-test.run=^TestTraceInNamespaces$")
			cmd.Env = append(os.Environ(), "STRACE_TEST_NESTED="+string(spec))
			cmd.Stderr = os.Stderr
			cmd.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
			}
			out, err := cmd.Output()
			if err != nil {
				t.Skipf("user namespaces are not available: %v %s", err, out)
			}
			var got nestedRun
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got.Error != "" || got.Exit.Code != 25 && tt.want != nil {
				t.Fatalf("run: %+v", got)
			}
			if tt.want != nil && strings.Join(got.Paths, " ") != strings.Join(tt.want, " ") {
				t.Errorf("paths\n%q, want\n%q", got.Paths, tt.want)
			}
			if len(got.Incomplete) > 0 {
				t.Errorf("incomplete: %q", got.Incomplete)
			}
		})
	}
}

// traceNested runs in the namespaces and never returns.
func traceNested(spec string) {
	var run nestedRun
	if err := json.Unmarshal([]byte(spec), &run); err != nil {
		panic(err)
	}
	opt := Options{ProcDir: run.ProcDir, Handle: func(e *Event) {
		if strings.HasPrefix(e.Abs, "/work/") {
			run.Paths = append(run.Paths, e.Abs)
		}
	}}
	res, err := Trace(context.Background(), run.Command, opt)
	if err != nil {
		run.Error = err.Error()
	} else {
		run.Exit, run.Incomplete = res.Exit, res.Incomplete
	}
	json.NewEncoder(os.Stdout).Encode(run)
	os.Exit(0)
}
