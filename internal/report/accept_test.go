package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadIgnoreFormat(t *testing.T) {
	t.Parallel()
	got, err := ReadIgnore(strings.NewReader(`
# what we live with
missing-lib.dlopen-soname libfoo.so.1  # optional GPU path, CPU prover
syscall.unsupported ioctl TIOCGWINSZ until=2026-12-31	# next release # really
env.no-stdin *  # batch
`))
	want := []IgnoreRule{
		{ID: "missing-lib.dlopen-soname", Subject: "libfoo.so.1", Reason: "optional GPU path, CPU prover", Line: 3},
		{ID: "syscall.unsupported", Subject: "ioctl TIOCGWINSZ", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Reason: "next release # really", Line: 4},
		{ID: "env.no-stdin", Subject: "*", Reason: "batch", Line: 5},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for text, want := range map[string]string{
		"missing-lib.dlopen-soname libfoo.so.1":                    "1: the reason is missing; write it after the subject: missing-lib.dlopen-soname libfoo.so.1  # why",
		"\nmissing-lib.dlopen-soname libfoo.so.1 #":                "2: the reason is missing",
		"missing-lib.dlopen-soname # r":                            "1: the subject is missing",
		"until=2026-01-01 # r":                                     "1: the subject is missing",
		"missing-lib.nonsense x # r":                               "1: missing-lib.nonsense: no such cause id",
		"missing-lib.dlopen-soname libfoo.so until=tomorrow # why": "1: until=tomorrow: no such day",
	} {
		if rules, err := ReadIgnore(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) || rules != nil {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestIgnoreExpiredFormat(t *testing.T) {
	t.Parallel()
	r := IgnoreRule{Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	if r.Expired(time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)) {
		t.Error("over on its last day")
	}
	if !r.Expired(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) || (IgnoreRule{}).Expired(time.Now()) {
		t.Error("wrong on other days")
	}
}

// A report read back as the baseline knows every problem of the same report and no
// other, though another path or run shows it.
func TestBaselineFormat(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := JSON(&b, secretive()); err != nil {
		t.Fatal(err)
	}
	known, err := ReadBaseline(&b)
	if err != nil {
		t.Fatal(err)
	}
	d := inCI(t, secretive())
	if !d.Fails() {
		t.Error("fails nothing without a baseline")
	}
	d.Context.Baseline = known
	if d.Fails() {
		t.Error("known problems fail")
	}
	d.Report.Cause.Subject = "/elsewhere/libgomp.so.1"
	d.Report.Findings = d.Report.Findings[:1]
	if d.Fails() {
		t.Error("a known problem fails when its path changes")
	}
	d.Report.Checks[1].Detail = append(d.Report.Checks[1].Detail, "libnew.so: found through ld.so.cache natively")
	if !d.Fails() {
		t.Error("a new problem does not fail")
	}
	for _, text := range []string{"", "[]", "{}", `{"schema":"nanodiag.deps/1"}`, `{"schema":"nanodiag.report/1","cause":3}`} {
		if known, err := ReadBaseline(strings.NewReader(text)); err == nil || known != nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestFailsFormat(t *testing.T) {
	t.Parallel()
	ignore, err := ReadIgnore(strings.NewReader("missing-lib.dlopen-soname * # optional\nsyscall.needs-klib memfd_create # falls back\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		level  Level
		ignore []IgnoreRule
		want   bool
	}{
		{"", nil, true}, {LevelError, nil, true}, {LevelWarning, nil, true}, {LevelNone, nil, false},
		{LevelError, ignore, false},  // only the warning is left
		{LevelWarning, ignore, true}, // and that counts
		{LevelError, ignore[:1], true},
	} {
		d := inCI(t, secretive())
		d.Context.FailOn, d.Context.Ignore = c.level, c.ignore
		if got := d.Fails(); got != c.want {
			t.Errorf("--fail-on %s with %d rules: %v", c.level, len(c.ignore), got)
		}
	}
	if _, err := ParseLevel("fatal"); err == nil {
		t.Error("fatal is a level")
	}
}

func FuzzReadIgnore(f *testing.F) {
	f.Add("missing-lib.dlopen-soname libfoo.so.1 until=2026-12-31 # optional\n")
	f.Add("# only\n\n #\nuntil= #x\n*")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := ReadIgnore(strings.NewReader(text))
		if err != nil && rules != nil {
			t.Error("both rules and an error")
		}
		for _, r := range rules {
			if r.Reason == "" || r.ID == "" || r.Subject == "" {
				t.Errorf("an empty rule: %+v", r)
			}
		}
	})
}

// The example in docs/ci.md is one that is accepted.
func TestIgnoreFormatDocs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(b), "```\n")
	rules, err := ReadIgnore(strings.NewReader(blocks[len(blocks)-2]))
	if err != nil || len(rules) != 3 {
		t.Errorf("%d rules, %v in:\n%s", len(rules), err, blocks[len(blocks)-2])
	}
}

// A large baseline does not bury the verdict.
func TestTextFormatAccepted(t *testing.T) {
	t.Parallel()
	r := checked()
	for i := range 30 {
		r.Accepted = append(r.Accepted, Accepted{"missing-data.file", fmt.Sprintf("/f%d\x1b", i), "known"})
	}
	var short, all bytes.Buffer
	if err := Text(&short, r, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := Text(&all, r, TextOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(short.String(), "accepted: "); n != maxEntries+1 || !strings.Contains(short.String(), "accepted: 18 more") {
		t.Errorf("%d lines:\n%s", n, short.String())
	}
	if n := strings.Count(all.String(), "accepted: "); n != 30 || strings.Contains(all.String(), "\x1b") {
		t.Errorf("%d lines with --all", n)
	}
}
