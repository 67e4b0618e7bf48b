package diagnose

import "testing"

// TestOutlived: what a program complains of, and goes on after, is at most possible.
func TestOutlived(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, console, id string
		atMost            Confidence
		outcome           string
	}{
		{"a test of an error", "test 3: connection refused ... ok\n3 passed, 0 failed\nwriting the report\nreport.txt\n", "none.success", Possible, OutcomeOK},
		{"a fallback", "ModuleNotFoundError: No module named 'numpy'\nfalling back to pure python\nresult 42\n", "none.success", Possible, OutcomeOK},
		{"something else instead", "connect to 10.0.0.5:5432: Connection refused\nusing sqlite instead\nresult 42\n", "none.success", Possible, OutcomeOK},
		{"a slow path", "this CPU lacks AVX2, slow path\nresult 42\n", "none.success", Possible, OutcomeOK},
		{"a result", "fork: Function not implemented\nresult 42\n", "process.fork", Possible, OutcomeUnknown},
		{"the last words", "round 1 of 3\nfork: Function not implemented\n", "process.fork", Likely, OutcomeFailed},
		{"a farewell", "round 1 of 3\nconnect to 10.0.0.5:5432: Connection refused\nexiting\n", "network.refused", Likely, OutcomeFailed},
		{"a list in the message", "Error: Cannot find module 'express'\nRequire stack:\n- /app/x.js\n    at load (node:internal/modules/cjs/loader:1077:15) {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: [ '/app/x.js' ]\n}\n\nNode.js v18.20.4\n", "missing-data.runtime-files", Likely, OutcomeFailed},
		{"the fallback fails too", "connect to 10.0.0.5:5432: Connection refused\nusing 10.0.0.6 instead\nconnect to 10.0.0.6:5432: Connection refused\n", "network.refused", Likely, OutcomeFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := Input{Guest: guest(t, boot+tc.console), GuestSource: "console.log", Table: table(t)}
			v := Diagnose(in)
			if v.Cause.ID != tc.id || v.Outcome != tc.outcome || v.Cause.Confidence != tc.atMost {
				t.Errorf("%s %s %s, want %s %s %s", v.Cause.ID, v.Cause.Confidence, v.Outcome, tc.id, tc.atMost, tc.outcome)
			}
			in.Status = new(int)
			if v := Diagnose(in); v.Cause.ID != "none.success" || v.Outcome != OutcomeOK {
				t.Errorf("with status 0: %s %s", v.Cause.ID, v.Outcome)
			}
		})
	}
}
