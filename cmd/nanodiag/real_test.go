package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

var (
	realAll    = flag.Bool("real", false, "diagnose every installed program of testdata/real on the real kernel, not only a few")
	realNote   = flag.String("verified-note", "", "with -update-verified: where the kernel comes from")
	realUpdate = flag.Bool("update-verified", false, "with -real: write docs/verified.md")
)

// realProgram is one line of testdata/real/programs.json. "$IN" in it stands for
// testdata/real/in, and "$CACHE" for nanodiag-real in the user's cache directory.
type realProgram struct {
	Name     string            `json:"name"`
	Packages []string          `json:"packages"` // Debian's
	Install  string            `json:"install"`  // the command, for what Debian does not have
	Flags    []string          `json:"flags"`    // of nanodiag diagnose: a server needs one that ends it
	Argv     []string          `json:"argv"`
	Env      map[string]string `json:"env"`
	Marker   string            `json:"marker"`  // what the program prints where it works
	Outcome  string            `json:"outcome"` // what Nanos makes possible
	Cause    string            `json:"cause"`   // id, where it is settled
	Bundled  []string          `json:"bundled"` // base names that the fix must bring
}

// quickReal are the programs that every test run takes where Ops is present.
const quickReal = 6

// TestRealPrograms diagnoses Debian's own programs on the real kernel, from nothing
// but their command lines.
func TestRealPrograms(t *testing.T) {
	in, err := ops.Find()
	if err != nil {
		t.Skipf("no Ops: %v", err)
	}
	if lack, ok := in.Usable(); !ok {
		t.Skipf("needs Ops and QEMU: %s", lack.Why)
	}
	dir, err := filepath.Abs(filepath.Join("..", "..", "testdata", "real"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "programs.json"))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte("$IN"), []byte(filepath.Join(dir, "in")))
	b = bytes.ReplaceAll(b, []byte("$CACHE"), []byte(filepath.Join(cache, "nanodiag-real")))
	var programs []realProgram
	if err := json.Unmarshal(b, &programs); err != nil {
		t.Fatal(err)
	}
	if !*realAll {
		programs = programs[:quickReal]
	}
	var rows []string
	for _, p := range programs {
		t.Run(p.Name, func(t *testing.T) {
			for _, a := range p.Argv {
				if _, err := os.Stat(a); err != nil && (a == p.Argv[0] || strings.HasPrefix(a, cache)) {
					t.Skipf("%s is not installed (%s)", a, cmp.Or(p.Install, "apt-get install "+strings.Join(p.Packages, " ")))
				}
			}
			for _, name := range p.Packages {
				if !installed(name) {
					t.Skipf("the package %s is not installed (apt-get install %s)", name, strings.Join(p.Packages, " "))
				}
			}
			rows = append(rows, diagnoseReal(t, p))
		})
	}
	if *realAll && *realUpdate {
		writeVerified(t, in, rows)
	}
}

// installed reports whether a Debian package is; without dpkg nobody knows, and it
// counts as installed.
func installed(name string) bool {
	out, err := exec.Command("dpkg-query", "-W", "-f=${Status}", name).Output()
	if errors.Is(err, exec.ErrNotFound) {
		return true
	}
	return err == nil && bytes.HasSuffix(out, []byte(" installed"))
}

func diagnoseReal(t *testing.T, p realProgram) string {
	dir := t.TempDir()
	args := []string{"diagnose", "--json", "--quiet", "--engine", "ops", "--timeout", "90s"}
	for k, v := range p.Env {
		args = append(args, "-e", k+"="+v)
	}
	args = append(args, p.Flags...)
	args = append(append(args, p.Argv[0], "--"), p.Argv[1:]...)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, _ := cmd.Output()
	var r report.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("no report: %v\n%s%s", err, out, stderr.String())
	}
	if r.Outcome != p.Outcome {
		t.Errorf("outcome %s, want %s; cause %s %q", r.Outcome, p.Outcome, r.Cause.ID, r.Cause.Summary)
	}
	causes := []string{r.Cause.ID}
	if r.Remaining != nil {
		causes = append(causes, r.Remaining.ID)
	}
	if p.Cause != "" && !strings.Contains(strings.Join(causes, " "), p.Cause) {
		t.Errorf("cause %v, want %s", causes, p.Cause)
	}
	if len(r.Runs) == 0 {
		t.Fatalf("nothing ran: %s %q", r.Cause.ID, r.Cause.Summary)
	}
	last := r.Runs[len(r.Runs)-1]
	log, err := os.ReadFile(filepath.Join(dir, last.Log))
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome == "ok" && !bytes.Contains(log, []byte(p.Marker)) {
		t.Errorf("outcome ok, but the guest did not print %q:\n%s", p.Marker, log)
	}
	libs, others, size := 0, 0, int64(0)
	bundled := map[string]bool{}
	if r.Bundle != nil {
		size = r.Bundle.Size
		for _, e := range r.Bundle.Entries {
			bundled[filepath.Base(e.To)] = true
			if e.Kind == "library" {
				libs++
			} else {
				others++
			}
		}
	}
	for _, want := range p.Bundled {
		if !bundled[want] {
			t.Errorf("%s was not bundled", want)
		}
	}
	guest := 0
	for _, run := range r.Runs {
		if run.Engine == "ops" {
			guest++
		}
	}
	what := "nothing"
	if libs+others > 0 {
		what = fmt.Sprintf("%s, %s, %s", report.Count(libs, "library", "libraries"), report.Count(others, "other path", "other paths"), report.Size(size))
	}
	return fmt.Sprintf("| %s | `%s` | %s | %d | %s | %s |", p.Name, filepath.Base(p.Argv[0]), what, guest, r.Outcome, strings.Join(causes, ", then "))
}

// asCommand makes this test binary the nanodiag command itself: the tracer starts
// its own executable again, which must not be a wrapper.
const asCommand = "NANODIAG_TEST_AS_COMMAND"

// recordedFailures begins the part of docs/verified.md that this test leaves alone.
const recordedFailures = "\n## Recorded failures\n"

func writeVerified(t *testing.T, in ops.Installation, rows []string) {
	text := `# Verified on the real kernel

Each line is one ` + "`nanodiag diagnose PROGRAM -- ARGUMENTS`" + ` with Debian's own
program, or one of npm's or Go's, from nothing but its command line: what was bundled,
how many guest runs it took (the image as configured, repaired, and once more without
tracing), and how the last of them ended. ` + "`ok`" + ` means that the guest printed what the
program prints natively and ended with the same status; a server (` + "`--until-port`" + `) takes
connections in the guest. The command lines, and the commands that install what is
missing, are in testdata/real/programs.json.

Nanos ` + in.Nanos + *realNote + `, on QEMU. Repeat it where Ops and QEMU are installed with:

    go test ./cmd/nanodiag -run TestRealPrograms -real -update-verified -v

| name | program | bundled | guest runs | outcome | cause |
|---|---|---|---|---|---|
` + strings.Join(rows, "\n") + `

What Nanos cannot run stays failed, and the cause says why: a shell pipeline needs
more than one process, as Erlang's emulator does, and GLib aborts for want of AT_SECURE
in the auxiliary vector.
`
	name := filepath.Join("..", "..", "docs", "verified.md")
	if old, err := os.ReadFile(name); err == nil { // what follows is bench/repair's
		if _, rest, ok := strings.Cut(string(old), recordedFailures); ok {
			text += recordedFailures + rest
		}
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
