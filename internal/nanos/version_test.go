package nanos

import "testing"

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"0.1.9", "0.1.50", -1},
		{"0.1.50", "0.1.50", 0},
		{"v0.1.50", "0.1.50", 0},
		{"0.1.50-dirty", "0.1.50", 0},
		{"0.1.50.1", "0.1.50", 1},
		{"0.2", "0.1.99", 1},
		{"HEAD", "99.0", 1},
		{"0.1.55", "nightly", -1},
		{"head", "nightly", 0},
	} {
		if got := Compare(c.a, c.b); got != c.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Compare(c.b, c.a); got != -c.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]bool{
		"0.1.53": true, "v0.1.53": true, "HEAD": true, "nightly": true, "5": true,
		"": false, "latest": false, "0.1.": false, "0.1.x": false, "-1": false,
	} {
		if got := Valid(v); got != want {
			t.Errorf("Valid(%q) = %v, want %v", v, got, want)
		}
	}
}
