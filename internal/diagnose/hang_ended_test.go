package diagnose

import "testing"

// TestHangOfOneThread: a thread that has ended is neither waiting nor at work.
func TestHangOfOneThread(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, trace, id string }{
		{"one ended, one computes", "[2] getpid() = 2\n[3] getpid() = 2\n[3] exit(0) = ?\n", "unknown"},
		{"one computes, the other waits for it", "[3] getpid() = 2\n[2] futex(0x10, 265, 3, 0x0, 0x0, 4294967295 <unfinished ...>\n", "program.busy-loop"},
		{"both wait", "[3] futex(0x20, 265, 3, 0x0, 0x0, 4294967295 <unfinished ...>\n[2] futex(0x10, 265, 3, 0x0, 0x0, 4294967295 <unfinished ...>\n", "program.deadlock"},
	} {
		v := Diagnose(Input{Guest: guest(t, boot+tc.trace), GuestSource: "trace.log", Table: table(t), TimedOut: true})
		if v.Cause.ID != tc.id {
			t.Errorf("%s: %s, want %s", tc.name, v.Cause.ID, tc.id)
		}
	}
}
