package loop

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"Args": ["secret"]}`, `{"Args": ["secret"]}`},
		{`{"Env": {"TOKEN": "secret", "B": "x}\"y"}, "Program": "p"}`, `{"Env": {"TOKEN": "…", "B": "…"}, "Program": "p"}`},
		{"{\n  \"env\":{\n    \"A\" : \"1\"\n  }\n}", "{\n  \"env\":{\n    \"A\" : \"…\"\n  }\n}"},
		{`{"Env": {"A": "unfinished`, `{"Env": {"A": "unfinished`},
	} {
		if got := string(redact([]byte(c.in))); got != c.want {
			t.Errorf("redact(%s) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestRedactCommand(t *testing.T) {
	in := strings.Fields("nanodiag diagnose p -e A=1 -eB=2 --envs=C=3 --envs D=4 --engine ops -- -e E=5")
	want := strings.Fields("nanodiag diagnose p -e A=… -eB=… --envs=C=… --envs D=… --engine ops -- -e E=5")
	if d := cmp.Diff(want, redactCommand(in)); d != "" {
		t.Error(d)
	}
}
