//go:build linux && amd64

package strace

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"
)

// behaviour is how a fixture ends and what it opens, in whichever way it is watched.
type behaviour struct {
	program, mode string
	exit          Exit
	markers       map[string]int
	forks         int
	ia32          bool // it makes a call by int $0x80
}

// check skips a behaviour that this kernel does not have: one that is built, or started,
// without IA32 emulation answers int $0x80 with SIGSEGV.
func (b behaviour) check(t *testing.T) {
	t.Helper()
	if !b.ia32 {
		return
	}
	var ended *exec.ExitError
	if err := exec.Command(fixture(t, b.program), b.mode).Run(); errors.As(err, &ended) && !ended.Exited() {
		t.Skip("this kernel has no int $0x80 (IA32 emulation)")
	}
}

// behaviours are those that every engine preserves.
func behaviours() []behaviour {
	return []behaviour{
		{program: "exec", mode: "pause", exit: Exit{Code: 21}, markers: map[string]int{"before": 1, "after": 1}},
		{program: "exec", mode: "spin", exit: Exit{Code: 21}, markers: map[string]int{"before": 1, "after": 1}},
		{program: "exec", mode: "missing", exit: Exit{Code: 22}},
		{program: "signals", mode: "exit", exit: Exit{Code: 42}},
		{program: "signals", mode: "kill", exit: Exit{Signal: syscall.SIGKILL}},
		{program: "signals", mode: "abort", exit: Exit{Signal: syscall.SIGABRT}},
		{program: "signals", mode: "fault", exit: Exit{Signal: syscall.SIGSEGV}},
		{program: "signals", mode: "handled", exit: Exit{Code: 5}, markers: map[string]int{"handler": 1}},
		{program: "signals", mode: "trap", exit: Exit{Code: 5}},
		{program: "signals", mode: "groupstop", exit: Exit{Code: 7}, forks: 1, markers: map[string]int{"before stop": 1, "after stop": 1}},
		{program: "signals", mode: "jobtree", exit: Exit{Code: 7}, forks: 1},
		{program: "signals", mode: "eintr", exit: Exit{Code: 7}},
		{program: "signals", mode: "storm", exit: Exit{Code: 7}, markers: map[string]int{"storm": 2000}},
		{program: "tasks", mode: "vfork", exit: Exit{Code: 8}, forks: 1, markers: map[string]int{"parent": 1}},
		{program: "tasks", mode: "spawn", exit: Exit{Code: 8}, forks: 1, markers: map[string]int{"parent": 1}},
		{program: "tasks", mode: "forks", exit: Exit{Code: 8}, forks: 50, markers: map[string]int{"child": 50}},
		{program: "tasks", mode: "untraced", exit: Exit{Code: 19}, forks: 1, markers: map[string]int{"child": 1}},
		{program: "tasks", mode: "leaderexit", exit: Exit{Code: 33}, markers: map[string]int{"after leader": 1}},
		{program: "tasks", mode: "exitgroup", exit: Exit{Code: 31}},
		{program: "tasks", mode: "churn", exit: Exit{Code: 17}},
		{program: "tasks", mode: "threadopen", exit: Exit{Code: 18}, markers: map[string]int{"thread": 320}},
		{program: "tasks", mode: "daemon", exit: Exit{Code: 22}, forks: 2, markers: map[string]int{"daemon": 1}},
		{program: "abi", mode: "int80", ia32: true, exit: Exit{Code: 15}, markers: map[string]int{"int80": 1}},
		{program: "abi", mode: "unknown", exit: Exit{Code: 15}},
	}
}
