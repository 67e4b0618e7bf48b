package rehearse

import (
	"os"
	"testing"
)

func TestLimitsAreThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/rehearsal-limits.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Limits {
		t.Error("docs/rehearsal-limits.md is not what nanodiag doctor --limits prints: copy internal/rehearse/limits.md there")
	}
}
