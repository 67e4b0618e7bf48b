package loop

import (
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

func console(text string) []tracelog.Line {
	var out []tracelog.Line
	for i, l := range strings.Split(text, "\n") {
		out = append(out, tracelog.Line{N: i + 1, Text: l})
	}
	return out
}

func TestLike(t *testing.T) {
	ran := func(code int, text string) *guestRun {
		return &guestRun{started: true, status: &code, exit: report.CodeExit(code), log: &tracelog.Log{Console: console(text)}}
	}
	hung := &guestRun{started: true, timedOut: true, log: &tracelog.Log{}}
	nat := func(code int) *native.Run {
		return &native.Run{Result: &strace.Result{Exit: strace.Exit{Code: code}}}
	}
	for _, c := range []struct {
		name        string
		s           session
		g           *guestRun
		known       bool
		same, exact bool
	}{
		{"the same", session{nat: nat(0), natOut: "proof done\n"}, ran(0, "proof done"), true, true, true},
		{"another status", session{nat: nat(0), natOut: "proof done\n"}, ran(3, "proof done"), true, false, false},
		{"fails as natively", session{nat: nat(1), natOut: "no match\n"}, ran(1, "no match"), true, true, true},
		{"fallback", session{nat: nat(0), natOut: "signature: VALID\n"}, ran(0, "signature: REJECTED"), true, true, false},
		{"an error more", session{nat: nat(0), natOut: "five\n"}, ran(0, "LookupError: unknown encoding\nfive"), true, true, false},
		{"more, and no error", session{nat: nat(0), natOut: "five\n"}, ran(0, "hello\nfive"), true, true, true},
		{"silent", session{nat: nat(0), natOut: "five platforms found\n"}, ran(0, ""), true, false, false},
		{"hangs", session{nat: nat(0), natOut: ""}, hung, true, false, false},
		{"a server", session{nat: nat(0), natCut: true}, hung, true, true, true},
		{"a server that ends", session{nat: nat(0), natCut: true}, ran(0, ""), true, false, false},
		{"native run without the volume", session{nat: nat(5), natUnfit: true}, ran(0, "got it"), true, true, true},
		{"no native run", session{}, ran(0, ""), true, true, true},
		{"no native run, status unknown", session{}, &guestRun{started: true, log: &tracelog.Log{}}, false, false, false},
		{"did not start", session{nat: nat(0)}, &guestRun{log: &tracelog.Log{}}, true, false, false},
	} {
		got := c.s.like(c.g)
		if got.known != c.known || got.same() != c.same || got.exact() != c.exact {
			t.Errorf("%s: %+v: known %v same %v exact %v, want %v %v %v", c.name, got, got.known, got.same(), got.exact(), c.known, c.same, c.exact)
		}
	}
}

func TestBetter(t *testing.T) {
	worst := likeness{share: 0.9}
	half := likeness{ended: true, share: 0.5}
	noisy := likeness{ended: true, share: 1, extra: "error"}
	whole := likeness{ended: true, share: 1}
	order := []likeness{worst, half, noisy, whole}
	for i, a := range order {
		for j, b := range order {
			if got := b.better(a); got != (j > i) {
				t.Errorf("%+v better than %+v: %v", b, a, got)
			}
		}
	}
}
