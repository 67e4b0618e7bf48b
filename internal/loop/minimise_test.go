package loop

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

func minimisePlan(t *testing.T) *bundler.Plan {
	t.Helper()
	cache, err := elfdeps.EncodeCache([]elfdeps.CacheEntry{
		{Soname: "liba.so.1", Path: "/lib64/liba.so.1"}, {Soname: "libb.so.1", Path: "/lib64/libb.so.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &bundler.Plan{Size: 100, Entries: []bundler.Entry{
		{To: "/etc/ld.so.cache", Kind: bundler.KindCache, Content: cache, Size: int64(len(cache))},
		{To: "/lib64/liba.so.1", Kind: bundler.KindLink, Link: "liba.so.1.2"},
		{To: "/lib64/liba.so.1.2", Kind: bundler.KindLibrary, Size: 10},
		{To: "/lib64/libb.so.1", Kind: bundler.KindLibrary, Size: 20},
		{To: "/srv/data", Kind: bundler.KindLink, Link: "../var/data"},
		{To: "/var/data/one", Kind: bundler.KindData, Size: 1},
		{To: "/var/data/two", Kind: bundler.KindData, Size: 2},
	}}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	want := [][]string{
		{"/lib64/liba.so.1", "/lib64/liba.so.1.2"},
		{"/lib64/libb.so.1"},
		{"/srv/data"},
		{"/var/data/one", "/var/data/two"},
	}
	if d := cmp.Diff(want, groups(minimisePlan(t))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What is asked for through a link uses the link and what it leads to.
func TestUnasked(t *testing.T) {
	t.Parallel()
	r := &round{run: &guestRun{log: &tracelog.Log{Events: []strace.Event{
		{Name: "openat", Path: "/lib64/liba.so.1", Ret: 3},
		{Name: "openat", Path: "/srv/data/one", Ret: 3},
		{Name: "openat", Path: "/var/data/two", Ret: -1, Err: 2},
	}}}}
	want := []string{"/lib64/libb.so.1", "/var/data/two"}
	if d := cmp.Diff(want, unasked(minimisePlan(t), r)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestWithoutEntries(t *testing.T) {
	t.Parallel()
	whole := minimisePlan(t)
	less := withoutEntries(whole, map[string]bool{"/lib64/libb.so.1": true, "/var/data/two": true})
	names, err := elfdeps.ReadCache(less.Entries[0].Content)
	if err != nil || len(names) != 1 || names[0].Soname != "liba.so.1" {
		t.Errorf("the loader cache names %v, %v", names, err)
	}
	if want := int64(len(less.Entries[0].Content)) + 11; less.Size != want || len(less.Entries) != 5 || len(whole.Entries) != 7 {
		t.Errorf("%d entries of %d bytes; want 5 of %d, and %d of the whole plan", len(less.Entries), less.Size, want, len(whole.Entries))
	}
	bare := withoutEntries(whole, map[string]bool{"/lib64/liba.so.1": true, "/lib64/liba.so.1.2": true, "/lib64/libb.so.1": true})
	if bare.Entries[0].Kind == bundler.KindCache {
		t.Error("a loader cache without a library stayed")
	}
}
