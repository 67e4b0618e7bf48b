package loop

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/strace"
)

func TestWithWalked(t *testing.T) {
	t.Parallel()
	facts := &strace.Facts{Files: []strace.FileUse{{Path: "/a/b"}}}
	events := []strace.Event{
		{Name: "openat", Path: "/a/b/../c/./../d", Abs: "/a/d"},
		{Name: "openat", Path: "x/y/../../z", Abs: "/home/z"},
		{Name: "openat", Path: "./../z", Abs: "/z"},
		{Name: "openat", Path: "w/../z", Abs: "/elsewhere/z"},
		{Name: "openat", Path: "/a/..b/c", Abs: "/a/..b/c"},
		{Name: "openat", Path: "/no/../such", Abs: "/such", Err: 2},
	}
	var got []string
	for _, f := range withWalked(facts, events, "/home").Files {
		got = append(got, f.Path+" "+f.Asked)
	}
	want := []string{"/a/b ", "/a/c ", "/home/x/y x/y"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(facts.Files) != 1 {
		t.Error("the facts themselves were changed")
	}
}
