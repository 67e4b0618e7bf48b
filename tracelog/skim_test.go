package tracelog

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

// everything is kept: no log of a test is that long.
var noSkimming = limits{headEvents: 1 << 30, headTexts: 1 << 30}

// TestSkim: what is kept of the middle of a long log is what the whole of it has there,
// nothing else in the Log changes, and no call that tells something for the first time
// is lost.
func TestSkim(t *testing.T) {
	t.Parallel()
	var logs [][]byte
	for _, name := range recordings(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, data)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	skimmed := 0
	for i := range 1000 {
		data, what := logs[i%len(logs)], fmt.Sprintf("log %d", i)
		if i >= len(logs) {
			data, what = mixed(rnd, logs), fmt.Sprintf("mixture %d", i)
		}
		lim := limits{headEvents: rnd.IntN(40), headTexts: 1 << 30, tailBytes: rnd.IntN(600), soloChunks: 1 << 30}
		full, err := readAll(bytes.NewReader(data), noSkimming)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(bytes.NewReader(data), lim)
		if err != nil {
			t.Fatal(err)
		}
		skimmed += got.Dropped
		checkSkimmed(t, what, full, got)
		if stream, _ := readAll(io.MultiReader(bytes.NewReader(data)), lim); !cmp.Equal(stream, got) {
			t.Errorf("%s: a stream of unknown length gives another log (-sized +stream):\n%s", what, cmp.Diff(got, stream))
		}
		lim.soloChunks, lim.buf = rnd.IntN(3), 1<<16
		if side, _ := readAll(bytes.NewReader(data), lim); !cmp.Equal(side, got) {
			t.Errorf("%s: sifted side by side it gives another log (-alone +side by side):\n%s", what, cmp.Diff(got, side))
		}
		if t.Failed() {
			t.Fatalf("limits %+v, log:\n%q", lim, data)
		}
	}
	if skimmed < 3000 {
		t.Errorf("only %d events were skimmed: the test tests nothing", skimmed)
	}
}

// checkSkimmed compares a Log with that of a reader that skims nothing.
func checkSkimmed(t *testing.T, what string, full, got *Log) {
	t.Helper()
	if len(got.Events)+got.Dropped != len(full.Events) {
		t.Errorf("%s: %d events kept and %d dropped of %d", what, len(got.Events), got.Dropped, len(full.Events))
	}
	// Two calls of one line do not come; signals and calls of one line may.
	key := func(e strace.Event) string { return fmt.Sprintf("%+v", e) }
	kept := map[string]int{}
	for _, e := range got.Events {
		kept[key(e)]++
	}
	seen := map[string]bool{}
	for _, e := range full.Events {
		if kept[key(e)] > 0 {
			kept[key(e)]--
			seen[tells(e)] = true
			continue
		}
		if d := tells(e); d != "" && !seen[d] {
			t.Errorf("%s: %s of line %d was lost", what, d, e.Line)
		}
	}
	for k, n := range kept {
		if n > 0 {
			t.Errorf("%s: the whole log has no event %s", what, k)
		}
	}
	if !slices.IsSortedFunc(got.Events, func(a, b strace.Event) int { return a.Line - b.Line }) &&
		slices.IsSortedFunc(full.Events, func(a, b strace.Event) int { return a.Line - b.Line }) {
		t.Errorf("%s: events are not in order", what)
	}
	a, b := *full, *got
	a.Events, b.Events, a.Dropped, b.Dropped = nil, nil, 0, 0
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("%s: the rest of the log differs (-whole +skimmed):\n%s", what, diff)
	}
}

// tells describes an event that may not be lost unless it was seen before; "" for those
// that may.
func tells(e strace.Event) string {
	finished := e.State == strace.Done || e.State == strace.Unknown // old format: it blocked, and the thread went on
	anonymous := strings.HasSuffix(e.Args, ", -1, 0") || strings.Contains(e.Args, ", fd -1, ")
	if e.Kind == strace.KindCall && finished && e.Err == 0 && e.Path == "" &&
		!slices.Contains([]string{"clone", "clone3", "exit", "exit_group"}, e.Name) &&
		!(e.Name == "mmap" && !anonymous) {
		return ""
	}
	if e.Name == "openat" || e.Name == "open" || e.Name == "mmap" {
		return fmt.Sprint(e.Kind, e.Name, " ", e.Path, e.Flags, e.Err, e.Sig)
	}
	return fmt.Sprint(e.Kind, e.State, e.Name, " ", e.Args, e.Ret, e.Err, e.Sig)
}

// mixed cuts lines out of recordings and puts them together.
func mixed(rnd *rand.Rand, logs [][]byte) []byte {
	var b []byte
	for range 2 + rnd.IntN(4) {
		lines := bytes.SplitAfter(logs[rnd.IntN(len(logs))], []byte("\n"))
		from := rnd.IntN(len(lines))
		to := from + rnd.IntN(min(120, len(lines)-from+1))
		for _, l := range lines[from:min(to, len(lines))] {
			if rnd.IntN(60) == 0 { // a torn line
				l = l[:rnd.IntN(len(l)+1)]
			}
			b = append(b, l...)
		}
	}
	return b
}

// TestSideBySide: a long log that is sifted in many chunks at a time gives what it gives
// when they are sifted one after the other.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	var logs [][]byte
	for _, name := range recordings(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !tracesMain(data) { // a log of that kind is read line by line
			logs = append(logs, data)
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range 12 {
		data := []byte("[0.98] en1: assigned 10.0.2.15\n")
		for len(data) < 1<<20 {
			data = append(data, mixed(rnd, logs[rnd.IntN(len(logs)):])...)
		}
		// the format that comes first is the one that is skimmed
		lim := limits{headEvents: rnd.IntN(400), headTexts: rnd.IntN(2000), tailBytes: rnd.IntN(60000), soloChunks: 1 << 30, buf: 1 << 16}
		alone, err := readAll(bytes.NewReader(data), lim)
		if err != nil {
			t.Fatal(err)
		}
		lim.soloChunks = 2
		side, err := readAll(bytes.NewReader(data), lim)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, side); diff != "" {
			t.Fatalf("mixture %d of %d bytes, limits %+v: %d events kept, %d dropped; side by side %d and %d:\n%.3000s", i, len(data), lim,
				len(alone.Events), alone.Dropped, len(side.Events), side.Dropped, diff)
		}
		if alone.Dropped+alone.DroppedLines == 0 {
			t.Errorf("mixture %d: nothing was skimmed", i)
		}
	}
}

// TestSkimOutput: of a long output the beginning and the end are kept.
func TestSkimOutput(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	const lines = 20000
	for i := range lines {
		fmt.Fprintf(&b, "[INFO] step %d of main::loop\n", i)
	}
	lim := limits{headEvents: 10, headTexts: 100, tailBytes: 1000}
	log, err := readAll(strings.NewReader(b.String()), lim)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(log.Console); n < 100+recentTexts || n > 100+recentTexts+100 || n+log.DroppedLines != lines {
		t.Errorf("%d lines kept and %d dropped of %d", n, log.DroppedLines, lines)
	}
	for i, l := range log.Console {
		want := l.N - 1
		if i < 100 {
			want = i
		} else if last := len(log.Console) - 1 - i; l.N != lines-last {
			t.Fatalf("line %d from the end is %d of %d", last, l.N, lines)
		}
		if l.Text != fmt.Sprintf("[INFO] step %d of main::loop", want) {
			t.Fatalf("line %d: %q", l.N, l.Text)
		}
	}
}

// TestTimes: the stamps of a container runtime say when a log begins and ends.
func TestTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ log, first, last string }{
		{"[0.9] en1: assigned 10.0.2.15\n", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"2026-11-22T07:10:54.5Z [1.971199] en1: assigned 10.0.2.15\n2026-11-22T08:10:55+01:00 [2] getpid() = 2\n",
			"2026-11-22T07:10:54.5Z", "2026-11-22T07:10:55Z"},
	} {
		log := read(t, tt.log)
		got := []string{log.First.Format(time.RFC3339Nano), log.Last.Format(time.RFC3339Nano)}
		if diff := cmp.Diff([]string{tt.first, tt.last}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.log, diff)
		}
	}
}

// TestSkimStream: a long stream is skimmed to its tail, though lines end with the buffer.
func TestSkimStream(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("[2] getpid() = 1234567890123456\n"), 4*bufSize/32)
	lim := limits{headEvents: 100, headTexts: 100, tailBytes: 1 << 10}
	want, err := readAll(bytes.NewReader(data), lim)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(io.MultiReader(bytes.NewReader(data)), lim)
	if err != nil {
		t.Fatal(err)
	}
	// a line that ends a buffer may be kept
	if len(want.Events) > 200 || len(got.Events) > 200 || len(got.Events)+got.Dropped != len(want.Events)+want.Dropped {
		t.Errorf("of a stream %d events are kept and %d dropped, of a file %d and %d", len(got.Events), got.Dropped, len(want.Events), want.Dropped)
	}
}
