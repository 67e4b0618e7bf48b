package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/rehearse"
	"gopkg.in/yaml.v3"
)

type action struct {
	Inputs map[string]struct {
		Description string
		Required    bool
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []struct {
			Name, ID, Uses, If, Shell, Run string
			Env, With                      map[string]string
		}
	}
}

func readAction(t *testing.T) *action {
	t.Helper()
	f, err := os.Open("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var a action
	if err := yaml.NewDecoder(f).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return &a
}

// The action is a composite one, puts no input into the text of a script, and uses no
// input or output that it does not have.
func TestActionFormat(t *testing.T) {
	t.Parallel()
	a := readAction(t)
	if a.Runs.Using != "composite" {
		t.Errorf("using %q", a.Runs.Using)
	}
	for name, in := range a.Inputs {
		if in.Description == "" || !in.Required && in.Default == nil {
			t.Errorf("input %s lacks a description or a default", name)
		}
	}
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "inputs.")[1:] {
		name := part[:strings.IndexFunc(part, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })]
		if _, ok := a.Inputs[name]; !ok {
			t.Errorf("inputs.%s: no such input", name)
		}
	}
	for _, s := range a.Runs.Steps {
		if s.Run != "" && (s.Shell != "bash" || strings.Contains(s.Run, "${{")) {
			t.Errorf("step %q: not bash, or an expression in its script", s.Name)
		}
	}
}

// The step that works keeps its inputs whole, writes the reports, and tells the code.
func TestActionFormatScript(t *testing.T) {
	if ok, _ := rehearse.Available(); !ok {
		t.Skip("user namespaces are not permitted here")
	}
	a := readAction(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, program, args string
		code                string
		files               bool
	}{
		{"a program that works, with a hostile argument", "/bin/echo", "$(touch pwned)\ntwo words", "0", true},
		{"one that fails natively too", "/bin/false", "", "4", true},
		{"none", "./nope", "", "2", false},
	} {
		dir := t.TempDir()
		if err := os.Symlink(self, filepath.Join(dir, "nanodiag")); err != nil {
			t.Fatal(err)
		}
		for _, s := range a.Runs.Steps {
			if s.ID != "preflight" {
				continue
			}
			cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
			cmd.Dir = dir
			cmd.Env = []string{
				asCommand + "=1", "PATH=" + dir + ":/usr/bin:/bin", "HOME=" + dir, "RUNNER_TEMP=" + dir,
				"GITHUB_OUTPUT=" + filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary"),
				"PROGRAM=" + c.program, "ARGS=" + c.args, "CONFIG=", "FLAGS=--timeout\n20s", "FAIL_ON=error", "BASELINE=",
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", c.name, err, out)
			}
		}
		out, err := os.ReadFile(filepath.Join(dir, "output"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), "exit-code="+c.code+"\n") {
			t.Errorf("%s: output %q, want code %s", c.name, out, c.code)
		}
		if got := strings.Count(string(out), "-file="); (got == 3) != c.files || !c.files && got != 0 {
			t.Errorf("%s: %d files in %q", c.name, got, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
			t.Errorf("%s: an input was run as code", c.name)
		}
	}
}
