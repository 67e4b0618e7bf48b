package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseCommand(t *testing.T) {
	for _, c := range []struct {
		text string
		want project
		ok   bool
	}{
		{"OPS_HOME=...  timeout 20 ops run ./prog -c config.json  \n# native:  ./prog a b", project{args: []string{"./prog", "-c", "config.json"}, limit: 20 * time.Second}, true},
		{"# before: ops volume create v -s 1m\nops run ./p\n# native: A=1 B=x=y ./p C=2\n", project{before: " ops volume create v -s 1m", args: []string{"./p"}, env: []string{"A=1", "B=x=y"}}, true},
		{"# ops run ./p\n", project{}, false},
	} {
		got, ok := parseCommand(c.text)
		if len(got.env) == 0 {
			got.env = nil
		}
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(project{})); d != "" || ok != c.ok {
			t.Errorf("%q: ok %v\n%s", c.text, ok, d)
		}
	}
}

func TestReadList(t *testing.T) {
	dir := t.TempDir()
	list := `{"programs":[{"name":"a","argv":["/bin/a","$IN/x"],"flags":["--until-port","80"],"env":{"K":"v"}},{"name":"none"}]}`
	name := filepath.Join(dir, "l.json")
	if err := os.WriteFile(name, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readProjects(name)
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []string{"/bin/a", "--until-port", "80", "-e", "K=v", "--", filepath.Join(dir, "in", "x")}
	if d := cmp.Diff(want, got[0].args); d != "" {
		t.Error(d)
	}
	if _, err := readProjects(dir); err == nil {
		t.Error("a directory without projects was accepted")
	}
}

func TestDifferences(t *testing.T) {
	a := verdict{ran: true, outcome: "failed", exit: "exit 1", cause: "process.fork fork"}
	b := a
	if d := differences(a, b); len(d) > 0 {
		t.Errorf("equal verdicts differ in %v", d)
	}
	b.cause, b.exit = "unknown", "exit 2"
	if d := cmp.Diff([]string{"exit", "cause"}, differences(a, b)); d != "" {
		t.Error(d)
	}
}
