package doctor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRehearsalCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		ok   bool
		why  string
		want Check
	}{
		{"whole", true, "", Check{Name: "rehearsal", OK: true, Text: "images can be rehearsed on this kernel"}},
		{"with limits", true, "no namespaces here", Check{Name: "rehearsal", OK: true, Text: "images can be rehearsed, with limits: no namespaces here"}},
		{"not at all", false, "ptrace is refused", Check{Name: "rehearsal", Text: "ptrace is refused"}},
	} {
		if diff := cmp.Diff(test.want, rehearsalCheck(test.ok, test.why)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
