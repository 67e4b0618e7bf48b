package loop

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"Args": ["secret"]}`, `{"Args": ["secret"]}`},
		{`{"Env": {"TOKEN": "secret", "B": "x}\"y"}, "Program": "p"}`, `{"Env": {"TOKEN": "…", "B": "…"}, "Program": "p"}`},
		{`{"Env": {"HOME": "/root", "KEY": "k"}}`, `{"Env": {"HOME": "/root", "KEY": "…"}}`},
		{"{\n  \"env\":{\n    \"A\" : \"1\"\n  }\n}", "{\n  \"env\":{\n    \"A\" : \"…\"\n  }\n}"},
		{`{"Env": {"A": "unfinished`, `{"Env": {"A": "unfinished`},
	} {
		if got := string(redact([]byte(c.in))); got != c.want {
			t.Errorf("redact(%s) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	in := []string{
		"nanodiag", "diagnose", "my prog", "-e", "A=1", "-eB=2", "--envs=C=3", "--envs", "D=4 4", "-e", "EMPTY=",
		"-e", "HOME=/root", "-e", "x.y=z", "--engine", "ops", "--", "-e", "E=5", "a$b",
	}
	want := `nanodiag diagnose 'my prog' -e A="${A:?}" -eB="${B:?}" --envs=C="${C:?}" --envs D="${D:?}" -e EMPTY=` +
		` -e HOME=/root -e x.y=VALUE --engine ops -- -e E=5 'a$b'`
	if d := cmp.Diff(want, commandLine(in)); d != "" {
		t.Error(d)
	}
}
