package strace

import (
	"strings"
	"testing"
)

// TestWriterShowsArgv: the first execve that succeeds is the program's, with its
// arguments; later ones, and those that fail, are not.
func TestWriterShowsArgv(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := NewLogWriter(&b)
	w.Argv = []string{"app", "-v", `in "a".bin`}
	for _, e := range []Event{
		{Kind: KindCall, State: Done, TID: 7, Name: "execve", Path: "/usr/bin/app", Err: 2},
		{Kind: KindCall, State: Done, TID: 7, Name: "execve", Path: "/opt/app"},
		{Kind: KindCall, State: Done, TID: 8, Name: "execve", Path: "/bin/sh"},
	} {
		if err := w.Write(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if want := `7     execve("/opt/app", ["app", "-v", "in \"a\".bin"], ...) = 0`; lines[1] != want {
		t.Errorf("got  %s\nwant %s", lines[1], want)
	}
	for _, i := range []int{0, 2} {
		if strings.Contains(lines[i], "[") {
			t.Errorf("arguments in %s", lines[i])
		}
	}
}
