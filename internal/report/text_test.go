package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a repaired program with everything that a report can hold.
func sample() *Report {
	cause := diagnose.Finding{
		ID: "missing-lib.dlopen-soname", Subject: "libgomp.so.1", Confidence: diagnose.Certain,
		Summary: "prover exits in the guest because libgomp.so.1 is not in the image",
		Evidence: []diagnose.Evidence{
			{Source: "round-0.log", Line: 4183, Text: `libgomp.so.1 not found in 5 directories (openat("/usr/lib/libgomp.so.1") = -ENOENT)`},
			{Source: "round-0.log", Line: 4190, Text: "then it said: failed to load backend\x1b[31m: libgomp.so.1"},
		},
		Fix: &diagnose.Fix{
			Summary:     "adding 1 library, 1 loader cache, 337 KiB; 3 guest runs, the last one passed",
			ConfigPatch: []ops.PatchOp{{Op: "add", Path: "/MapDirs", Value: map[string]string{"bundle/*": "/"}}},
			Files:       []diagnose.FileCopy{{From: "/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0", To: "/lib64/libgomp.so.1"}},
			Verified:    true,
		},
	}
	return &Report{
		Schema: SchemaReport, Program: "/srv/app/prover", Outcome: "ok", Exit: CodeExit(0), Cause: cause,
		Findings:   []diagnose.Finding{cause},
		Suppressed: []diagnose.Suppressed{{Subject: "/etc/ld.so.preload", Reason: "nearly no system has it"}},
		Runs: []Run{
			{Engine: "native", Outcome: "ok", Exit: CodeExit(0), Seconds: 41.2, Traced: true, Log: "native.strace"},
			{Engine: "ops", Outcome: "failed", Exit: CodeExit(1), Seconds: 1.4, Traced: true, Log: "round-0.log"},
			{Engine: "ops", Round: 1, Outcome: "ok", Exit: CodeExit(0), Seconds: 44, Traced: true, Log: "round-1.log"},
		},
		Incomplete: []string{},
		Bundle: &Bundle{Dir: "bundle", Size: 345_000, Dropped: []Dropped{{"/proc/self/status", "Nanos has no such file"}}, Entries: []BundleEntry{
			{To: "/etc/ld.so.cache", Kind: "cache", Size: 160, Why: "names the libraries that the guest's loader would not find by itself"},
			{To: "/lib64/libgomp.so.1", From: "/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0", Kind: "library", Size: 344_840, Why: "libgomp.so.1 was found through ld.so.cache natively"},
			{To: "/usr/share/prover/a.toml", From: "/usr/share/prover/a.toml", Kind: "data", Size: 10, Why: "was read"},
			{To: "/usr/share/prover/b.toml", From: "/usr/share/prover/b.toml", Kind: "data", Size: 10, Why: "was read"},
		}},
		Config: &Change{File: "local.json", Diff: "--- local.json\n+++ local.json\n@@ -1,2 +1,5 @@\n {\n+  \"MapDirs\": {\n+    \"bundle/*\": \"/\"\n+  }\n }\n"},
		RunDir: ".nanodiag/2026-11-22T07-10-31Z",
		Next:   "apply it with:  nanodiag diagnose ./prover -c local.json --write",
	}
}

// stuck is a program that gets further and fails again.
func stuck() *Report {
	r := sample()
	r.Outcome, r.Exit = "failed", CodeExit(101)
	r.Remaining = &diagnose.Finding{
		ID: "syscall.needs-klib", Subject: "memfd_create", Confidence: diagnose.Likely,
		Summary:  "memfd_create is provided only with the klibs shmem and tmpfs",
		Evidence: []diagnose.Evidence{{Source: "round-1.log", Line: 9120, Text: "memfd_create() = -ENOSYS"}},
		Fix:      &diagnose.Fix{Summary: `add "Klibs": ["tmpfs", "shmem"]`},
	}
	r.Findings = append(r.Findings, *r.Remaining)
	r.Incomplete = []string{"a run on the real kernel: ops is not on PATH; the image was rehearsed on this host's kernel (install it with: curl https://ops.city/get.sh -sSfL | sh)"}
	r.Next = "read about it with:  nanodiag explain syscall.needs-klib"
	return r
}

// checked is a preflight.
func checked() *Report {
	r := stuck()
	r.Remaining, r.Config, r.Bundle = nil, nil, nil
	r.Cause.Fix = nil
	r.Checks = []Check{
		{Status: "ok", Name: "interpreter", Text: "/lib64/ld-linux-x86-64.so.2 is in the image"},
		{Status: "FAIL", Name: "run-time libraries", Text: "1 absent of 18 that the native run loaded outside the closure", ID: "missing-lib.dlopen-soname", Detail: []string{"libgomp.so.1: found through ld.so.cache natively"}},
		{Status: "skip", Name: "memory", Text: "the native peak is not known"},
	}
	return r
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		name   string
		report *Report
		opt    TextOptions
	}{
		{"repaired-100", sample(), TextOptions{Width: 100}},
		{"repaired-80", sample(), TextOptions{Width: 80}},
		{"repaired-all-colour", sample(), TextOptions{Width: 100, All: true, Colour: true}},
		{"stuck-100", stuck(), TextOptions{Width: 100}},
		{"checked-100", checked(), TextOptions{Width: 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Text(&b, c.report, c.opt); err != nil {
				t.Fatal(err)
			}
			if !c.opt.Colour && strings.Contains(b.String(), "\x1b") {
				t.Error("an escape sequence of the program reaches the terminal")
			}
			golden(t, c.name+".txt", b.Bytes())
			if c.opt.Colour {
				return
			}
			for _, l := range strings.Split(b.String(), "\n") {
				if n := utf8.RuneCountInString(l); n > c.opt.Width && !strings.Contains(l, "nanodiag ") {
					t.Errorf("%d columns of %d: %s", n, c.opt.Width, l)
				}
			}
		})
	}
}

// The JSON of a report holds what other tools read, under the names they know, and
// arrays are never null.
func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, stuck()); err != nil {
		t.Fatal(err)
	}
	golden(t, "stuck.json", b.Bytes())

	b.Reset()
	if err := JSON(&b, FromVerdict(&diagnose.Verdict{Outcome: "unknown", Cause: diagnose.Finding{ID: "unknown"}})); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"findings", "suppressed", "runs", "incomplete"} {
		if _, ok := doc[key].([]any); !ok {
			t.Errorf("%s is %v, want an array", key, doc[key])
		}
	}
	if _, ok := doc["exit"]; !ok {
		t.Error("exit is left out where it is unknown; want null")
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; make it with go test -update", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got); rewrite it with -update if it is right now:\n%s", name, d)
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain ünïcode", "plain ünïcode"},
		{"a\x1b[2Jb", `a\x1b[2Jb`},
		{"two\nlines\r", `two\nlines\r`},
		{"bad \xff byte", `bad \xff byte`},
		{"evil\u202etxt", `evil\u202etxt`},
		{"tab\tstays", "tab\tstays"},
		{"c1 \u009b", `c1 \x9b`},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("Escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		in   int64
		want string
	}{{0, "0 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {344_840, "337 KiB"}, {5 << 30, "5.0 GiB"}} {
		if got := Size(c.in); got != c.want {
			t.Errorf("Size(%d) = %q, want %q", c.in, got, c.want)
		}
	}
}
