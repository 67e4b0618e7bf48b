package diagnose

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

var update = flag.Bool("update", false, "rewrite the verdicts of testdata/recordings")

// truth is expect.json of a recording: what was really the matter, known from the
// program's source.
type truth struct {
	Cause   string `json:"cause"`
	Subject string `json:"subject"`

	Also   []string `json:"also,omitempty"`   // other causes that an expert would accept
	Mounts []string `json:"mounts,omitempty"` // flags of the run, "volume:/dir"
	Doubt  string   `json:"doubt,omitempty"`  // why trace and native run do not decide; "" where they do
}

// is reports whether a cause is the truth, or one that may be taken for it.
func (t truth) is(id string) bool {
	for _, also := range t.Also {
		if sameCause(id, also) {
			return true
		}
	}
	return sameCause(id, t.Cause)
}

// said is one verdict in verdict.json.
type said struct {
	Outcome    string     `json:"outcome"`
	ID         string     `json:"id"`
	Subject    string     `json:"subject"`
	Confidence Confidence `json:"confidence"`
	Fix        string     `json:"fix,omitempty"`
}

// verdicts of one recording by what was known: the console alone, the trace alone, and
// the trace with the native run and the configuration.
type verdicts struct {
	Console said `json:"console"`
	Trace   said `json:"trace"`
	Full    said `json:"full"`
}

// TestRecordings diagnoses recordings of the real kernel. verdict.json pins what is
// said; wherever that is not the truth it must be said with doubt.
func TestRecordings(t *testing.T) {
	t.Parallel()
	dirs := recordingDirs(t)
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			var want truth
			readJSON(t, filepath.Join(dir, "expect.json"), &want)
			console := Input{Guest: readGuest(t, dir, "console.log"), GuestSource: "console.log", Table: table}
			trace := Input{Guest: readGuest(t, dir, "trace.log"), GuestSource: "trace.log", Table: table}
			full := trace
			full.Native, full.NativeSource = readNative(t, dir), "native.strace.log"
			if c, _, err := ops.LoadConfig(filepath.Join(dir, "config.json")); err == nil {
				full.Config = c
			}
			if len(want.Mounts) > 0 {
				if full.Config == nil {
					full.Config = &ops.Config{}
				}
				full.Config, _ = full.Config.ApplyFlags(ops.Flags{Mounts: want.Mounts})
			}
			got := verdicts{Console: say(Diagnose(console)), Trace: say(Diagnose(trace)), Full: say(Diagnose(full))}

			for mode, s := range map[string]said{"console": got.Console, "trace": got.Trace, "full": got.Full} {
				if rank(s.Confidence) > rank(Possible) && !want.is(s.ID) {
					t.Errorf("%s: %s %s is said to be %s; the truth is %s %s", mode, s.ID, s.Subject, s.Confidence, want.Cause, want.Subject)
				}
			}
			if g := got.Full; want.Doubt == "" && strings.Contains(dir, "/logs/") && !(want.is(g.ID) && (want.Cause != g.ID || namesIt(g.Subject, want.Subject))) {
				t.Errorf("%s %s is said; the truth is %s %s", g.ID, g.Subject, want.Cause, want.Subject)
			}
			file := filepath.Join(dir, "verdict.json")
			if *update {
				writeJSON(t, file, got)
				return
			}
			var pinned verdicts
			readJSON(t, file, &pinned)
			if d := cmp.Diff(pinned, got); d != "" {
				t.Errorf("verdict changed (-pinned +got); truth %s %s:\n%s", want.Cause, want.Subject, d)
			}
		})
	}
}

// TestRecordingsScore keeps the share of recordings that are named rightly.
func TestRecordingsScore(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("verdicts are being rewritten")
	}
	dirs := recordingDirs(t)
	right := map[string]int{}
	for _, dir := range dirs {
		var want truth
		var v verdicts
		readJSON(t, filepath.Join(dir, "expect.json"), &want)
		readJSON(t, filepath.Join(dir, "verdict.json"), &v)
		for mode, s := range map[string]said{"console": v.Console, "trace": v.Trace, "full": v.Full} {
			if want.is(s.ID) {
				right[mode]++
			}
		}
	}
	for mode, share := range map[string]float64{"console": .5, "trace": .8, "full": .95} {
		if got := float64(right[mode]) / float64(len(dirs)); got < share {
			t.Errorf("%s: %.2f of %d causes named rightly, want %.2f", mode, got, len(dirs), share)
		}
	}
}

// recordingDirs are the recordings of this package, and those of testdata/logs, which
// have their programs with them.
func recordingDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, pattern := range []string{"testdata/recordings/*", "../../testdata/logs/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no recordings in %s: %v", pattern, err)
		}
		dirs = append(dirs, found...)
	}
	return dirs
}

// namesIt: a path may be named by its last part.
func namesIt(got, want string) bool {
	return want == "" || got != "" && (strings.Contains(got, want) || filepath.Base(got) == filepath.Base(want))
}

// sameCause: fork, vfork and spawn are one failed clone in a log.
func sameCause(a, b string) bool {
	process := map[string]string{"process.vfork": "process.fork", "process.spawn": "process.fork"}
	if p, ok := process[a]; ok {
		a = p
	}
	if p, ok := process[b]; ok {
		b = p
	}
	return a == b || strings.HasPrefix(a, "none.") && strings.HasPrefix(b, "none.")
}

func say(v *Verdict) said {
	s := said{Outcome: v.Outcome, ID: v.Cause.ID, Subject: v.Cause.Subject, Confidence: v.Cause.Confidence}
	if v.Cause.Fix != nil {
		s.Fix = v.Cause.Fix.Summary
	}
	return s
}

func readGuest(t *testing.T, dir, name string) *tracelog.Log {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if os.IsNotExist(err) { // the host refused: there is one log
		f, err = os.Open(filepath.Join(dir, "console.log"))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	log, err := tracelog.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// readNative returns the native run; a program that the host refused to start has none.
func readNative(t *testing.T, dir string) []strace.Event {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "native.strace.log"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []strace.Event
	if err := strace.ReadLog(f, func(e *strace.Event) error { events = append(events, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return events
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func writeJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
