package main

import (
	"io"
	"strings"
	"testing"
)

func TestRefusePacked(t *testing.T) {
	t.Parallel()
	for _, p := range packings {
		if _, err := refusePacked("a.log", strings.NewReader(p.magic+"9 rest")); err == nil || !strings.Contains(err.Error(), p.unpack) {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	for _, text := range []string{"", "B", "BZh is what it says\n", "en1: assigned 10.0.2.15\n"} {
		r, err := refusePacked("a.log", strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, _ := io.ReadAll(r); string(got) != text {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}
