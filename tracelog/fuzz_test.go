package tracelog

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

// seeds adds the shortest recordings, cut to a size that the fuzzer can work with.
func seeds(f *testing.F) {
	f.Helper()
	for _, name := range recordings(f) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[max(0, len(data)-3000):])
	}
}

// FuzzRead: no input makes Read fail or panic, and what it gives agrees with itself.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(data, []byte{'\n'})
		if len(data) > 0 && data[len(data)-1] != '\n' {
			lines++
		}
		if log.Lines != lines {
			t.Errorf("%d lines, want %d", log.Lines, lines)
		}
		if n := len(log.Events) + log.Dropped; n > lines {
			t.Errorf("%d events in %d lines", n, lines)
		}
		text := 0
		for _, list := range [][]Line{log.Console, log.Kernel, log.Ops} {
			for _, l := range list {
				text += len(l.Text)
			}
		}
		if text > len(data) {
			t.Errorf("%d bytes of text in %d bytes", text, len(data))
		}
		if log.Booted != (log.Boots > 0) || log.Boots < len(log.BootLines) {
			t.Errorf("booted %v, %d boots at %v", log.Booted, log.Boots, log.BootLines)
		}
		last := 0
		for i := range log.Events {
			e := &log.Events[i]
			if e.Line < last || e.Line > lines {
				t.Errorf("event in line %d after one in line %d", e.Line, last)
			}
			last = e.Line
			if e.State == strace.Done && e.Err != 0 && e.Ret != 0 {
				t.Errorf("both a result and an error: %+v", e)
			}
			if e.Abs != "" && e.Abs[0] != '/' || e.Abs2 != "" && e.Abs2[0] != '/' {
				t.Errorf("not absolute: %q %q", e.Abs, e.Abs2)
			}
			if e.Kind == strace.KindCall && e.Name == "" {
				t.Errorf("a call without a name: %+v", e)
			}
		}
	})
}

// FuzzSkim: what a log is skimmed to does not depend on who sifts it, and every line
// of it is counted.
func FuzzSkim(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := limits{headEvents: 3, headTexts: 3, tailBytes: 100, soloChunks: 1 << 30, buf: 400}
		alone, err := readAll(bytes.NewReader(data), lim)
		if err != nil {
			t.Fatal(err)
		}
		lim.soloChunks = 0
		side, err := readAll(bytes.NewReader(data), lim)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, side); diff != "" {
			t.Errorf("sifted side by side it gives another log (-alone +side by side):\n%s", diff)
		}
		lim.buf = 0
		whole, err := readAll(bytes.NewReader(data), lim)
		if err != nil {
			t.Fatal(err)
		}
		if whole.Lines != alone.Lines {
			t.Errorf("%d lines in one chunk, %d in many", whole.Lines, alone.Lines)
		}
	})
}

// FuzzScan: every byte of the log comes out in some item, in order.
func FuzzScan(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.IndexByte(data, 0x1b) >= 0 || bytes.IndexByte(data, '\r') >= 0 || findStamp(data) != noStamp {
			t.Skip("colours, carriage returns and stamps are taken off")
		}
		rest := data
		line := 0
		err := Scan(bytes.NewReader(data), func(it Item) error {
			if it.Line < line {
				t.Errorf("item of line %d after one of line %d", it.Line, line)
			}
			line = it.Line
			i := bytes.Index(rest, it.Text)
			if i < 0 {
				t.Fatalf("%v %q is not in %.200q", it.Kind, it.Text, rest)
			}
			if skipped := bytes.Trim(rest[:i], "\n "); len(skipped) > 0 {
				if _, n := klogStamp(append(skipped, ' ')); it.Kind != ItemKernel || n < len(skipped) {
					t.Fatalf("%q is in no item", skipped)
				}
			}
			rest = rest[i+len(it.Text):]
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if left := bytes.Trim(rest, "\n "); len(left) > 0 {
			if _, n := klogStamp(append(left, ' ')); n < len(left) { // a kernel line without words
				t.Errorf("%q at the end is in no item", left)
			}
		}
	})
}
