package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
)

const config = `{
  "Args": ["prove", "--key=hunter22"],
  "Env": {
    "TOKEN": "s3cr3t-value"
  },
  "MapDirs": {
    "data/*": "/data"
  }
}
`

// inCI is a report with the context that a command gives it.
func inCI(t *testing.T, r *Report) *Document {
	t.Helper()
	cfg, _, err := ops.ParseConfig("local.json", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	return &Document{Report: r, Context: Context{
		Version: "v1.2.3", File: "local.json",
		Line:    func(keys ...string) int { line, _ := cfg.Place(keys...); return line },
		Secrets: Secrets(cfg.Env, cfg.Args),
	}}
}

// secretive is a failed preflight whose evidence quotes what must not be published.
func secretive() *Report {
	r := checked()
	leak := diagnose.Evidence{Source: "round-0.log", Line: 7, Text: `execve("/prover", ["prover", "prove", "--key=hunter22"]), TOKEN=s3cr3t-value, key hunter22`}
	r.Cause.Evidence = append([]diagnose.Evidence{leak}, r.Cause.Evidence...)
	r.Cause.Fix = &diagnose.Fix{
		Summary:     "put /usr/lib/x86_64-linux-gnu/libgomp.so.1 into the image; 100 % done, s3cr3t-value",
		ConfigPatch: []ops.PatchOp{{Op: "add", Path: "/MapDirs/~1usr~1lib~1libgomp.so.1*", Value: "s3cr3t-value"}},
	}
	r.Findings[0] = r.Cause
	r.Incomplete = append(r.Incomplete, "the run with s3cr3t-value")
	r.Checks[1].Detail = append(r.Checks[1].Detail, "libnuma.so.1: found through ld.so.cache natively")
	r.Checks = append(r.Checks,
		Check{Status: "warn", Name: "configuration", Text: "local.json", ID: "ops.config-unknown-key", Detail: []string{`local.json:3:3: Ops does not know "Envs"; did you mean Env?`}},
		Check{Status: "FAIL", Name: "rehearse", Text: "exit 1: s3cr3t-value", ID: "missing-lib.dlopen-soname"},
	)
	return r
}

// Every format for CI holds the finding, and none holds a value of a variable or an
// argument.
func TestFormatsHideSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sarif", "junit", "github"} {
		f, err := FormatNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := f.Write(&b, inCI(t, secretive()), TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if name == "github" {
			if err := GitHubSummary(&b, inCI(t, secretive())); err != nil {
				t.Fatal(err)
			}
		}
		for _, secret := range []string{"hunter22", "s3cr3t-value", "\x1b"} {
			if strings.Contains(b.String(), secret) {
				t.Errorf("%s: %q is published", name, secret)
			}
		}
		if !strings.Contains(b.String(), sample().Cause.Summary) {
			t.Errorf("%s: the cause is not there in the words of the text", name)
		}
	}
}

func TestProblemsFormat(t *testing.T) {
	t.Parallel()
	type row struct {
		Level             Level
		ID, Subject, Line string
	}
	const gomp, klib = "missing-lib.dlopen-soname", "syscall.needs-klib"
	worked := secretive()
	worked.Outcome, worked.Cause = "ok", diagnose.Finding{ID: "none.success"}
	worked.Findings = []diagnose.Finding{worked.Cause}
	worked.Checks = append(worked.Checks[:3:3], Check{Status: "FAIL", Name: "memory", ID: "resource.memory", Text: "too much"})
	written := sample()
	written.Config.Written = true
	unknown := &Report{Outcome: "unknown", Cause: diagnose.Finding{ID: "unknown"}}
	for _, c := range []struct {
		name   string
		report *Report
		want   []row
	}{
		{"failed", secretive(), []row{
			{LevelError, gomp, "libgomp.so.1", "local.json:6"},
			{LevelError, klib, "memfd_create", "local.json:1"},
			{LevelError, gomp, "libnuma.so.1", "local.json:6"},
			{LevelWarning, "ops.config-unknown-key", `Ops does not know "Envs"; did you mean Env?`, "local.json:3"},
		}},
		{"it worked: only memory stays an error", worked, []row{
			{LevelWarning, gomp, "libgomp.so.1", "local.json:6"},
			{LevelWarning, gomp, "libnuma.so.1", "local.json:6"},
			{LevelError, "resource.memory", "", "local.json:1"},
		}},
		{"repaired in the run directory only", sample(), []row{{LevelError, gomp, "libgomp.so.1", "local.json:6"}}},
		{"repaired and written", written, nil},
		{"not known", unknown, []row{{LevelNote, "unknown", "", "local.json:1"}}},
	} {
		var got []row
		for _, p := range inCI(t, c.report).Problems() {
			got = append(got, row{p.Level, p.ID, p.Subject, p.File + ":" + string(rune('0'+p.Line))})
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestHideWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, secret, want string }{
		{"key hunter22", "hunter22", "key …"},
		{`["prove","x"]`, "prove", `["…","x"]`},
		{"prover exits", "prove", "prover exits"},
		{"a=--key=v, --key=v", "--key=v", "a=…, …"},
		{"", "x", ""},
	} {
		if got := hideWord(c.text, c.secret); got != c.want {
			t.Errorf("hideWord(%q, %q) = %q, want %q", c.text, c.secret, got, c.want)
		}
	}
	// A file that an argument names and the image lacks is the finding itself.
	ctx := Context{Secrets: Secrets(map[string]string{"HOME": "/root/home", "A": "1"}, []string{"in/circuit.json"})}
	if got := ctx.hider(Problem{ID: "missing-data.argument-file", Subject: "/in/circuit.json"})("in/circuit.json, /root/home"); got != "in/circuit.json, /root/home" {
		t.Errorf("got %q", got)
	}
	if got := ctx.hider(Problem{ID: "program.panic"})("in/circuit.json"); got != "…" {
		t.Errorf("got %q", got)
	}
}
