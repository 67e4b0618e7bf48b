package diagnose

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestEveryEmittedIDIsInTheTable reads the package's own source: every string that
// looks like a cause id must be one.
func TestEveryEmittedIDIsInTheTable(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^(none|missing-lib|bad-lib|bad-program|missing-data|bad-data|env|resource|cpu|process|syscall|kernel|network|program|ops)\.[a-z]+(-[a-z]+)*$`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "ids.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(node ast.Node) bool {
			lit, ok := node.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if s, err := strconv.Unquote(lit.Value); err == nil && shape.MatchString(s) {
				n++
				if _, ok := lookup(s); !ok {
					t.Errorf("%s: %q is not in the table of causes", name, s)
				}
			}
			return true
		})
	}
	if n < 100 {
		t.Errorf("only %d ids found in the source; the pattern is wrong", n)
	}
}

// TestEveryLibraryIDHasItsSummary: lib() and librarySummaries go together.
func TestEveryLibraryIDHasItsSummary(t *testing.T) {
	t.Parallel()
	for _, f := range libFamilies {
		if librarySummaries[f.id] == "" {
			t.Errorf("%s has no summary", f.id)
		}
	}
}
