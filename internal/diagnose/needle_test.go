package diagnose

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNeedles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		re   string
		want []string
	}{
		{`plain text`, []string{"plain text"}},
		{`(?i)Error: (\w+) missing`, []string{" missing"}},
		{`(\S+\.so)(: not found)?`, []string{".so"}},
		{`a(?:bc|de)+f`, []string{"bc", "de"}},
		{`(?:known|\d+) x`, []string{" x"}},
		{`\d+|text`, nil},
		{`x*`, nil},
	} {
		if diff := cmp.Diff(tt.want, needles(tt.re)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.re, diff)
		}
	}
}

// TestNeedlesMissNothing holds every rule against every line that guests printed.
func TestNeedlesMissNothing(t *testing.T) {
	t.Parallel()
	matches := 0
	seen := map[string]bool{}
	for _, root := range []string{"testdata", "../../tracelog/testdata"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".log") || strings.Contains(name, "native") {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			for line := range bytes.Lines(data) {
				text := strings.TrimSpace(string(line))
				if seen[text] || strings.HasPrefix(text, "[") { // calls
					continue
				}
				seen[text] = true
				low := strings.ToLower(text)
				for k, rule := range wordRules {
					if !rule.re.MatchString(text) {
						continue
					}
					matches++
					if !mayMatch(wordNeedles()[k], low) {
						t.Errorf("%s matches %q, its needles %q do not", rule.re.String(), text, wordNeedles()[k])
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if matches < 100 {
		t.Errorf("only %d matches: the test tests nothing", matches)
	}
}
