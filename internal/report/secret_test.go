package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecretsOfSeveralLines(t *testing.T) {
	t.Parallel()
	got := Secrets(map[string]string{"KEY": "line one\nline two\r\n", "HOME": "/home/me", "ON": "yes"}, []string{"--token=abcdef"})
	want := []string{"line one\nline two\r\n", "--token=abcdef", "line one", "line two", "abcdef"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
