package lazyregexp

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An expression is compiled late; a wrong one must fail here and not in front of a
// user. This compiles every constant that this module gives to New.
func TestEveryExpressionCompiles(t *testing.T) {
	t.Parallel()
	count := 0
	for dir, files := range sources(t) {
		for _, source := range expressions(t, dir, files) {
			count++
			if _, err := regexp.Compile(source); err != nil {
				t.Errorf("%s: %v", dir, err)
			}
		}
	}
	if count < 200 {
		t.Errorf("%d expressions found, which is not all of them", count)
	}
}

// sources gives the module's source files without tests, by directory.
func sources(t *testing.T) map[string][]string {
	all := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir := filepath.Dir(path)
		all[dir] = append(all[dir], path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// expressions gives the values of the arguments of lazyregexp.New in one directory.
// The types of other packages are not needed for them, so nothing is imported.
func expressions(t *testing.T, dir string, files []string) []string {
	fset := token.NewFileSet()
	var parsed []*ast.File
	calls := false
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		for _, imported := range f.Imports {
			calls = calls || strings.HasSuffix(imported.Path.Value, `/lazyregexp"`)
		}
	}
	if !calls {
		return nil
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	check := types.Config{Error: func(error) {}}
	_, _ = check.Check(dir, fset, parsed, &info) // what is not constant is reported below
	var found []string
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || fun.Sel.Name != "New" {
				return true
			}
			if pkg, ok := fun.X.(*ast.Ident); !ok || pkg.Name != "lazyregexp" {
				return true
			}
			value := info.Types[call.Args[0]].Value
			if value == nil || value.Kind() != constant.String {
				t.Errorf("%s: the source is not a constant, so no test can compile it", fset.Position(call.Pos()))
				return true
			}
			found = append(found, constant.StringVal(value))
			return true
		})
	}
	return found
}

func TestRegexp(t *testing.T) {
	t.Parallel()
	r := New(`(\d+) of (\d+)`)
	if !r.MatchString("3 of 4") || r.MatchString("three of four") {
		t.Error("MatchString differs from regexp's")
	}
	if got := r.FindStringSubmatch("3 of 4"); len(got) != 3 || got[2] != "4" {
		t.Errorf("FindStringSubmatch = %q", got)
	}
	if r.String() != `(\d+) of (\d+)` {
		t.Errorf("String = %q", r.String())
	}
}
