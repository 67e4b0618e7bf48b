package strace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadLog: no input makes the reader panic, and what it understood survives
// being written and read again.
func FuzzReadLog(f *testing.F) {
	for _, pattern := range []string{"testdata/logs/*.log", "testdata/options/*"} {
		paths, _ := filepath.Glob(pattern)
		for _, p := range paths {
			b, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(b[:min(len(b), 1<<10)]))
		}
	}
	f.Add("1 <...  resumed>) = 0\n")
	f.Add("1 getpid() = 1\n1 <... a b resumed>) = 0\n")
	f.Fuzz(func(t *testing.T, text string) {
		var events []Event
		if err := ReadLog(strings.NewReader(text), func(e *Event) error {
			events = append(events, *e)
			return nil
		}); err != nil {
			return
		}
		numbered := 0
		c := NewCollector()
		for i := range events {
			c.Add(&events[i])
			if events[i].TID != 0 {
				numbered++
			}
		}
		c.Facts()
		if numbered != 0 && numbered != len(events) {
			return // a terminal's record: which task a line without a number is of changes with what surrounds it
		}
		var again []Event
		_ = ReadLog(strings.NewReader(writeLog(t, events)), func(e *Event) error {
			again = append(again, *e)
			return nil
		})
		if want, got := results(events), results(again); !cmp.Equal(want, got) {
			t.Errorf("written and read again:\n%s", cmp.Diff(want, got))
		}
	})
}

// results is what no rewriting may change, whatever the directories and tasks
// that the text no longer shows.
func results(events []Event) []Event {
	var out []Event
	for _, e := range events {
		if e.Kind == KindTask {
			continue
		}
		out = append(out, Event{Kind: e.Kind, State: e.State, TID: e.TID, Name: e.Name, Args: e.Args, Ret: e.Ret, Err: e.Err, Sig: e.Sig})
	}
	return out
}

// FuzzQuote: what is quoted reads back.
func FuzzQuote(f *testing.F) {
	f.Add("/etc/passwd")
	f.Add("\x00\x011\x7f\"\\\n<>")
	f.Fuzz(func(t *testing.T, s string) {
		q := string(appendQuoted(nil, s))
		if got, ok := pathArg(q); !ok || got != s {
			t.Errorf("%q was quoted as %s and read as %q", s, q, got)
		}
		if len(s) >= 4095 { // PATH_MAX: no annotation is longer
			return
		}
		note := string(appendNote(nil, "/"+s))
		if end := endOfAnnotation("3"+note, 1); end != len(note)+1 {
			t.Errorf("annotation %s ends at %d", note, end)
		}
	})
}
