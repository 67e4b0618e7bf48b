package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/rogpeppe/go-internal/testscript"
)

// setup gives every script the C sources and an environment of its own.
func setup(env *testscript.Env) error {
	src, err := filepath.Abs(filepath.Join("..", "..", "testdata", "src"))
	if err != nil {
		return err
	}
	env.Setenv("SRC", src)
	schemas, err := filepath.Abs(filepath.Join("..", "..", "internal", "report", "testdata"))
	if err != nil {
		return err
	}
	env.Setenv("SCHEMAS", schemas)
	env.Setenv("GITHUB_STEP_SUMMARY", "") // where the tests themselves run in a job
	env.Setenv("NO_COLOR", "1")
	// Ops keeps its releases below HOME; scripts that boot images need the real one.
	if home, err := os.UserHomeDir(); err == nil {
		env.Setenv("REALHOME", home)
	}
	return nil
}

// condition tells scripts what this machine has: [gcc], [ops], [rehearse], [root].
func condition(cond string) (bool, error) {
	switch cond {
	case "gcc":
		_, err := exec.LookPath("gcc")
		return err == nil, nil
	case "ops":
		in, err := ops.Find()
		if err != nil {
			return false, nil
		}
		_, usable := in.Usable()
		return usable, nil
	case "rehearse":
		ok, _ := rehearse.Available()
		return ok, nil
	case "root":
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("no condition %q", cond)
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"cc":       compile,
		"code":     exitStatus,
		"conforms": conforms,
		"expand":   expand,
		"keepsto":  keepsTo,
		"noops":    hideOps,
		"noprocs":  noProcesses,
		"volume":   makeVolume,
	}
}

// compile is "cc OUT FILE.c [FLAG…]": FILE.c lies in testdata/src.
func compile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: cc OUT FILE.c [FLAG...]")
	}
	argv := append([]string{"-o", ts.MkAbs(args[0]), filepath.Join(ts.Getenv("SRC"), args[1])}, args[2:]...)
	ts.Check(ts.Exec("gcc", argv...))
}

// hideOps is "noops": PATH keeps nanodiag alone, and HOME is empty, as on a machine
// without Ops and QEMU.
func hideOps(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: noops")
	}
	path, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	ts.Setenv("PATH", path) // testscript puts its own commands first
	ts.Setenv("HOME", ts.MkAbs("empty-home"))
}

// makeVolume is "volume LABEL DIR": an Ops volume with the files of DIR, removed when
// the script ends.
func makeVolume(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: volume LABEL DIR")
	}
	_ = ts.Exec("ops", "volume", "delete", args[0]) // of a test that was killed
	ts.Check(ts.Exec("ops", "volume", "create", args[0], "-s", "10m", "-d", ts.MkAbs(args[1])))
	ts.Defer(func() { _ = ts.Exec("ops", "volume", "delete", args[0]) })
}

// expand is "expand FILE": it puts the script's directory for $WORK in the file.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "$WORK", ts.Getenv("WORK"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// exitStatus is "code N COMMAND…": the command must end with status N.
func exitStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// noProcesses is "noprocs TEXT": no process on this machine has TEXT in its command
// line, at the latest after two seconds.
func noProcesses(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: noprocs TEXT")
	}
	var left []string
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		left = left[:0]
		names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, n := range names {
			b, err := os.ReadFile(n)
			if err == nil && strings.Contains(string(b), args[0]) {
				left = append(left, n+": "+strings.ReplaceAll(string(b), "\x00", " "))
			}
		}
		if len(left) == 0 {
			return
		}
	}
	ts.Fatalf("still running: %s", strings.Join(left, "\n"))
}
