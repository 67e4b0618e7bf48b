//go:build linux && amd64

package strace

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each run ends as it does without a tracer, and none of its opens is lost or doubled.
func TestTracePreservesBehaviour(t *testing.T) {
	t.Parallel()
	const anyNumber = -1
	tests := append(behaviours(), []behaviour{
		{program: "tasks", mode: "untraced3", exit: Exit{Code: 19}, forks: 1, markers: map[string]int{"child": 1}},
		{program: "tasks", mode: "starve", exit: Exit{Code: 14}, markers: map[string]int{"work": 20}},
		{program: "tasks", mode: "orphans", exit: Exit{Code: 13}, forks: anyNumber},
		{program: "abi", mode: "x32", exit: Exit{Code: 15}, markers: map[string]int{"x32": 1}},
		{program: "seccomp", exit: Exit{Code: 11}, markers: map[string]int{"filtered": 1}},
		{program: "uring", exit: Exit{Code: 5}},
	}...)
	for _, tt := range tests {
		t.Run(tt.program+" "+tt.mode, func(t *testing.T) {
			t.Parallel()
			tt.check(t)
			r := run(t, tt.program, tt.mode)
			if r.Exit != tt.exit {
				t.Errorf("exit %+v, want %+v", r.Exit, tt.exit)
			}
			want := tt.markers
			if want == nil {
				want = map[string]int{}
			}
			if diff := cmp.Diff(want, r.markers()); diff != "" {
				t.Errorf("opens (-want +got):\n%s", diff)
			}
			if r.Forks != tt.forks && tt.forks != anyNumber {
				t.Errorf("%d processes made, want %d", r.Forks, tt.forks)
			}
			checkTasks(t, r)
		})
	}
}

// checkTasks asserts that every task of a run is reported once at its start and once
// at its end, and does nothing outside of the two.
func checkTasks(t *testing.T, r recording) {
	t.Helper()
	alive := map[int]bool{}
	for i, e := range r.events {
		switch {
		case i == 0:
			if e.Name != "execve" || e.Ret != 0 {
				t.Errorf("the first event is %+v, want the program's execve", e)
			}
			alive[e.TID] = true
		case e.Kind == KindTask:
			if alive[e.TID] {
				t.Errorf("task %d began twice", e.TID)
			}
			alive[e.TID] = true
		case !alive[e.TID]:
			t.Errorf("event of task %d outside of its life: %+v", e.TID, e)
		case e.Kind == KindExit:
			delete(alive, e.TID)
		}
	}
	if len(alive) > 0 {
		t.Errorf("tasks %v never ended", alive)
	}
}
