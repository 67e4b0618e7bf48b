package tracelog

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

var update = flag.Bool("update", false, "rewrite the golden files from what Read gives now")

// TestRecordings reads logs recorded on real kernels. Each has its expectation beside
// it; directories are Nanos versions, "scenario" programs that failed, "odd" accidents.
func TestRecordings(t *testing.T) {
	t.Parallel()
	for _, name := range recordings(t) {
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			log, err := Read(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			got := render(log)
			golden := strings.TrimSuffix(name, ".log") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; run go test ./tracelog -update and look at the difference", err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// recordings are the committed logs.
func recordings(tb testing.TB) []string {
	tb.Helper()
	var names []string
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "fuzz" {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".log") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

// render writes everything in a Log as lines.
func render(l *Log) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %v, end %v, fate %q, booted %v, boots %v, lines %d\n", l.Format, l.End, l.Fate, l.Booted, l.BootLines, l.Lines)
	fmt.Fprintf(&b, "version %q, git %q, range %s..%s\n", l.Version, l.GitVersion, l.VersionMin, l.VersionMax)
	if l.OpsExit != nil {
		fmt.Fprintf(&b, "ops exit %d\n", *l.OpsExit)
	}
	for _, part := range []struct {
		name  string
		lines []Line
	}{{"ops", l.Ops}, {"kernel", l.Kernel}, {"console", l.Console}} {
		for _, line := range part.lines {
			fmt.Fprintf(&b, "%s %d %q\n", part.name, line.N, line.Text)
		}
	}
	if l.Missing {
		fmt.Fprintf(&b, "missing %q\n", l.MissingFiles)
	}
	for _, c := range l.Summary {
		fmt.Fprintf(&b, "summary %+v\n", c)
	}
	if c := l.Crash; c != nil {
		renderCrash(&b, c)
	}
	for i := range l.Events {
		fmt.Fprintln(&b, renderEvent(&l.Events[i]))
	}
	return b.String()
}

func renderCrash(b *strings.Builder, c *Crash) {
	fmt.Fprintf(b, "crash line %d signal %d tid %d code %d fault %#x/%v vector %d error %#x kernel %v syscall %v load %#x\n",
		c.Line, c.Signal, c.TID, c.Code, c.Fault, c.HasFault, c.Vector, c.ErrorCode, c.Kernel, c.InSyscall, c.LoadOffset)
	fmt.Fprintf(b, "crash rip %#x %q rsp %#x klibs %q\n", c.RIP, c.RIPSymbol, c.RSP, c.Klibs)
	regs := make([]string, 0, len(c.Regs))
	for name, v := range c.Regs {
		regs = append(regs, fmt.Sprintf("%s=%#x", name, v))
	}
	sort.Strings(regs)
	fmt.Fprintln(b, "crash regs", strings.Join(regs, " "))
	for _, w := range c.Frames {
		fmt.Fprintf(b, "crash frame %#x %#x %q\n", w.Addr, w.Value, w.Symbol)
	}
	for _, w := range c.Stack {
		fmt.Fprintf(b, "crash stack %#x %#x %q\n", w.Addr, w.Value, w.Symbol)
	}
	fmt.Fprintf(b, "crash text %d lines\n", len(c.Text))
}

var stateNames = map[strace.State]string{strace.Done: "=", strace.Unfinished: "unfinished", strace.Unknown: "unknown"}

func renderEvent(e *strace.Event) string {
	if e.Kind == strace.KindSignal {
		return fmt.Sprintf("event %d [%d %s] signal %d", e.Line, e.TID, e.Thread, int(e.Sig))
	}
	s := fmt.Sprintf("event %d [%d %s] %s", e.Line, e.TID, e.Thread, e.Name)
	if e.Path != "" {
		s += fmt.Sprintf(" %q", e.Path)
		if e.Abs != e.Path {
			s += fmt.Sprintf("→%q", e.Abs)
		}
	}
	if e.Path2 != "" {
		s += fmt.Sprintf(" %q→%q", e.Path2, e.Abs2)
	}
	if e.Flags != 0 {
		s += fmt.Sprintf(" flags %#x", e.Flags)
	}
	s += " " + stateNames[e.State]
	if e.State == strace.Done {
		s += fmt.Sprintf(" %d", e.Ret)
		if e.Err != 0 {
			s += fmt.Sprintf(" errno %d", int(e.Err))
		}
	}
	if e.Size != 0 || e.Mode != 0 {
		s += fmt.Sprintf(" size %d mode %o", e.Size, e.Mode)
	}
	return s
}
