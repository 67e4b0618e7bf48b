package diagnose

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAlike: lines of one shape, whatever their numbers; another sentence of the same
// program is none.
func TestAlike(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		guest  string
		native spoken
		want   bool
	}{
		{"proved 12 of 12 in 3.1 s", spoken{text: "proved 12 of 12 in 0.2 s"}, true},
		{"memlens: heap is corrupted near node 0, dumping skipped", spoken{text: "memlens: walked 50 nodes, heap consistent"}, false},
		{"standby: split brain suspected, standing down", spoken{text: "standby: in sync, waiting for takeover orders"}, false},
		{"compaction rolled back", spoken{text: "compaction done, 3 segments verified"}, false},
		{"listening on 0.0.0.0:8080 with 2 workers", spoken{text: "listening on 0.0.0.0:80", cut: true}, true},
		{"42", spoken{text: "17"}, true},
		{"42", spoken{text: "done"}, false},
		{"", spoken{text: "done"}, false},
	} {
		if got := alike(tc.guest, tc.native); got != tc.want {
			t.Errorf("alike(%q, %q) = %v", tc.guest, tc.native.text, got)
		}
	}
}

// TestCommonWords holds the table against its definition on short lists.
func TestCommonWords(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"a b c", "a b c", 3}, {"a b c", "c b a", 1}, {"a x b y c", "a b c", 3}, {"", "a", 0}, {"a a a", "a", 1},
	} {
		a, b := strings.Fields(tc.a), strings.Fields(tc.b)
		if got := commonWords(a, b); got != tc.want {
			t.Errorf("commonWords(%q, %q) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
		slices.Reverse(a)
		slices.Reverse(b)
		if got := commonWords(a, b); got != tc.want {
			t.Errorf("reversed: %d, want %d", got, tc.want)
		}
	}
}

// TestSays: an error by its text, its name or its number; a small number behind "code"
// is more often something else.
func TestSays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		err  syscall.Errno
		want bool
	}{
		{"bind: Address already in use", syscall.EADDRINUSE, true},
		{"endpoint could not be published (code 98), shutting down", syscall.EADDRINUSE, true},
		{"Error 38 executing '/usr/bin/x'", syscall.ENOSYS, true},
		{"could not load hud.theme (errno=2)", syscall.ENOENT, true},
		{"exit code 2", syscall.ENOENT, false},
		{"error 380", syscall.ENOSYS, false},
		{"138 errors", syscall.ENOSYS, false},
	} {
		if got := says(tc.text, tc.err); got != tc.want {
			t.Errorf("says(%q, %d) = %v", tc.text, tc.err, got)
		}
	}
}

// TestPrinted: what strace shows of a write, and whether it is the whole of it.
func TestPrinted(t *testing.T) {
	t.Parallel()
	n := newNative(Input{Native: natively(t, nativeLoaded+
		`10 write(1, "loading\n", 8) = 8`+"\n"+
		`10 write(1, "one\ntwo\nthree and a half, cut he"..., 400) = 400`+"\n"+
		`10 write(2, "a line of fifty bytes that is cut"..., 50) = 50`+"\n"+worked)})
	want := []spoken{
		{text: "loading", last: true}, {text: "one", last: true}, {text: "two", last: true},
		{text: "three and a half, cut he", cut: true}, {text: "a line of fifty bytes that is cut", cut: true, last: true},
	}
	if d := cmp.Diff(want, n.printed(), cmp.AllowUnexported(spoken{})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
