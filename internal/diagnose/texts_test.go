package diagnose

import (
	"io/fs"
	"strings"
	"testing"
)

func TestEveryIDHasItsText(t *testing.T) {
	t.Parallel()
	headings := []string{"What it means", "How to see it", "What to do", "Versions"}
	for _, id := range IDs() {
		text, ok := Explain(id)
		if !ok {
			t.Errorf("%s: no text", id)
			continue
		}
		if !strings.HasPrefix(text.Body, "# "+id+"\n") {
			t.Errorf("%s: text does not open with its id", id)
		}
		for _, h := range headings {
			if text.Section(h) == "" {
				t.Errorf("%s: section %q is empty", id, h)
			}
		}
		for i, line := range strings.Split(text.Body, "\n") {
			if len(line) > 100 && !strings.Contains(line, "`") {
				t.Errorf("%s:%d: %d columns, at most 100", id, i+1, len(line))
			}
		}
	}
}

func TestEveryTextHasItsID(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(textFiles, "texts/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(IDs()) {
		t.Errorf("%d texts for %d ids", len(files), len(IDs()))
	}
	for _, f := range files {
		id := strings.TrimSuffix(strings.TrimPrefix(f, "texts/"), ".md")
		if _, ok := lookup(id); !ok {
			t.Errorf("%s explains an id that no verdict can carry", f)
		}
	}
}

func TestExplainUnknownID(t *testing.T) {
	t.Parallel()
	if text, ok := Explain("missing-lib.no-such"); ok || text != (Text{}) {
		t.Errorf("Explain of an unknown id = %v, %v", text, ok)
	}
}
