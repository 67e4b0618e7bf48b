package loop

import (
	"testing"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// TestNativeFailed: a program that fails now and then did so natively. What ends with
// status 0 in the guest worked; what fails as it did natively is no likeness of success.
func TestNativeFailed(t *testing.T) {
	t.Parallel()
	s := &session{natOut: "flaky\n", nat: &native.Run{Result: &strace.Result{Exit: strace.Exit{Code: 5}}}}
	for code, want := range map[int]likeness{
		0: {known: true, ended: true, share: 1, alone: true},
		5: {known: true, ended: true, share: 0, missing: "flaky"},
		1: {known: true, share: 0, missing: "flaky"},
	} {
		g := &guestRun{exit: report.CodeExit(code), status: &code, started: true, log: &tracelog.Log{Console: []tracelog.Line{{N: 1, Text: "fine"}}}}
		if got := s.like(g); got != want {
			t.Errorf("status %d: %+v, want %+v", code, got, want)
		}
	}
}
