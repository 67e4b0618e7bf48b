package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A command is built alone when it is named first; the names in the table must be the
// commands' own for that.
func TestSubcommandsAreKnownByName(t *testing.T) {
	t.Parallel()
	all := subcommands(nil)
	for _, c := range all {
		var got []string
		for _, alone := range subcommands([]string{c.Name(), "--help"}) {
			got = append(got, alone.Name())
		}
		if diff := cmp.Diff([]string{c.Name()}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name(), diff)
		}
	}
	if got := len(subcommands([]string{"no-such-command"})); got != len(all) {
		t.Errorf("an unknown name gives %d commands, want all %d", got, len(all))
	}
}
