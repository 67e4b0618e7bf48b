package diagnose

import "testing"

func TestLooksBadAndGood(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		line      string
		bad, good bool
	}{
		{"cannot open x: No such file or directory", true, false},
		{"bind: Address already in use", true, false},
		{"setup phase not finished", true, false},
		{"E: wrong platform", true, false},
		{"usage: app IN", true, false},
		{"done, 0 errors", false, true},
		{"proof verified", false, true},
		{"WARNING: no cache, using default", false, false},
		{"libz.so.1: cannot open shared object file; falling back", false, false},
		{"exception handler installed", false, false},
		{"42", false, false},
		{"walking the list", false, false},
	} {
		if got := looksBad(tc.line); got != tc.bad {
			t.Errorf("looksBad(%q) = %v", tc.line, got)
		}
		if got := looksGood(tc.line); got != tc.good {
			t.Errorf("looksGood(%q) = %v", tc.line, got)
		}
	}
}
