package loop

import "testing"

func TestShellCode(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{0: 0, 3: 3, -1: 255, 255: 255, 257: 1, 256: 256} {
		if got := shellCode(status); got != want {
			t.Errorf("shellCode(%d) = %d, want %d", status, got, want)
		}
	}
}
