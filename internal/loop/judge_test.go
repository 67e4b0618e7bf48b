package loop

import (
	"testing"

	"github.com/nanodiag/nanodiag/tracelog"
)

func TestShared(t *testing.T) {
	for _, c := range []struct {
		name, native string
		guest        []string
		same         bool
	}{
		{"nothing printed natively", "", []string{"hello"}, true},
		{"the same but for numbers", "took 12 ms, 4 threads\n", []string{"took 1093 ms, 1 threads"}, true},
		{"numbers alone", "9\n", []string{"9"}, true},
		{"numbers alone, and nothing in the guest", "9\n", nil, false},
		{"another machine", "Machine (9434MB total)\n  Package L#0 Core\n", []string{"Machine (1999MB total) + Package L#0", "Core L#0"}, true},
		{"another address of the same name", "::1             localhost\n", []string{"127.0.0.1       localhost"}, true},
		{"plugins silently absent", "Platform #0: Portable Computing Language\n", []string{"Number of platforms 0"}, false},
		{"order does not matter", "alpha\nbeta\ngamma\n", []string{"gamma", "beta", "alpha"}, true},
	} {
		var guest []tracelog.Line
		for i, l := range c.guest {
			guest = append(guest, tracelog.Line{N: i + 1, Text: l})
		}
		if got := shared(c.native, guest); (got >= minShared) != c.same {
			t.Errorf("%s: shared %.2f, want same=%v", c.name, got, c.same)
		}
	}
}
