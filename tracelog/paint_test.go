package tracelog

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPainted: a log of which every line was coloured, and one with a byte order mark,
// read like the plain one.
func TestPainted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"testdata/HEAD/dlopen_missing.trace.log", "testdata/HEAD/guest_garbage.log", "testdata/0.1.49/success.trace.log"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var painted strings.Builder
		for _, l := range strings.SplitAfter(string(data), "\n") {
			if text, ok := strings.CutSuffix(l, "\n"); ok && !strings.Contains(l, "\x1b[31m") {
				l = "\x1b[36m" + text + "\x1b[0m\n"
			}
			painted.WriteString(l)
		}
		for what, text := range map[string]string{"painted": painted.String(), "with a byte order mark": string(byteOrderMark) + string(data)} {
			got, err := Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(plain, got); d != "" {
				t.Errorf("%s %s (-plain +got):\n%s", name, what, d)
			}
		}
	}
}
