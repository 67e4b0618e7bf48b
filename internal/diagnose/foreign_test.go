package diagnose

import (
	"slices"
	"strings"
	"testing"
)

// TestForeign: what is no log of Nanos proves no success, and what a program's bare
// output states still counts.
func TestForeign(t *testing.T) {
	t.Parallel()
	const notNanos = "this does not look like a console log of Nanos or Ops"
	for _, tc := range []struct {
		name, log string
		id        string
		outcome   string
		advised   bool
	}{
		{"a word", "hello\n", "unknown", OutcomeUnknown, true},
		{"an answer of a server", "unauthorized\n", "unknown", OutcomeUnknown, true},
		{"a page", "<html><body>404 Not Found</body></html>\n", "unknown", OutcomeUnknown, true},
		{"a long line", strings.Repeat("A", 1<<20), "unknown", OutcomeUnknown, true},
		{"binary", "\x7fELF\x02\x01\x01\x00\x00\x00\x03\x00>\x00\x01\ncannot open /x: connection refused\x00\x00\xff\xfe\n", "unknown", OutcomeUnknown, true},
		{"a program's error", "dial tcp 10.0.2.2:5432: connect: connection refused\n", "network.refused", OutcomeFailed, false},
		{"an error that no rule knows", "fatal: bad shape of the circuit\n", "unknown", OutcomeFailed, false},
		{"cut off at work", boot + "starting work\n", "unknown", OutcomeUnknown, false},
		{"cut off in a pause", boot + "proving ...\n", "unknown", OutcomeUnknown, false},
		{"ended by itself", boot + "shutting down\n", "none.success", OutcomeOK, false},
		{"a result", boot + "42\n", "none.success", OutcomeOK, false},
		{"cut off in a result", boot + "42", "none.success", OutcomeUnknown, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := Diagnose(Input{Guest: guest(t, tc.log), GuestSource: "console.log", Table: table(t)})
			if v.Cause.ID != tc.id || v.Outcome != tc.outcome {
				t.Errorf("%s %s, want %s %s", v.Cause.ID, v.Outcome, tc.id, tc.outcome)
			}
			if got := slices.Contains(v.Advice, notNanos); got != tc.advised {
				t.Errorf("advice %q", v.Advice)
			}
		})
	}
}
