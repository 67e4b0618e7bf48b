package manual

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func tree() *cobra.Command {
	root := &cobra.Command{Use: "tool", Short: "Do things", Long: "tool does it.\n\n  tool sub\n\n.dots and 'quotes'"}
	sub := &cobra.Command{Use: "sub FILE", Short: "Do *one* thing", Example: "  tool sub -c a.json\n  tool sub 'b'", Run: func(*cobra.Command, []string) {}}
	sub.Flags().StringP("config", "c", "x.json", "the `FILE` of a|b")
	sub.Flags().Bool("theirs", false, "of another tool")
	if err := sub.Flags().SetAnnotation("theirs", GroupAnnotation, []string{"Other flags"}); err != nil {
		panic(err)
	}
	hidden := &cobra.Command{Use: "secret", Hidden: true, Run: func(*cobra.Command, []string) {}}
	root.AddCommand(sub, hidden)
	return root
}

func TestPages(t *testing.T) {
	t.Parallel()
	pages := Pages(tree())
	if len(pages) != 2 {
		t.Fatalf("%d pages, want that of the root and of sub", len(pages))
	}
	want := []Group{
		{Title: "Flags", Flags: []Flag{
			{Spelling: "-c, --config FILE", Text: "the FILE of a|b", Default: "x.json"},
			{Spelling: "-h, --help", Text: "help for sub"},
		}},
		{Title: "Other flags", Flags: []Flag{{Spelling: "--theirs", Text: "of another tool"}}},
	}
	if diff := cmp.Diff(want, pages[1].Groups); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Block{{Lines: []string{"tool does it."}}, {Verbatim: true, Lines: []string{"tool sub"}}, {Lines: []string{".dots and 'quotes'"}}}, pages[0].Long); diff != "" {
		t.Error(diff)
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	pages := Pages(tree())
	var man, md strings.Builder
	for _, p := range pages {
		if err := Man(&man, p, pages, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := Markdown(&md, pages); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n\\&.dots and \\(aqquotes\\(aq\n", `\fB\-c, \-\-config FILE\fR`, `tool sub \(aqb\(aq`, ".SH OTHER FLAGS\n", `tool\-sub`} {
		if !strings.Contains(man.String(), want) {
			t.Errorf("the man pages lack %q:\n%s", want, man.String())
		}
	}
	for _, want := range []string{`Do \*one\* thing`, `the FILE of a\|b (default`, "[sub](#tool-sub)"} {
		if !strings.Contains(md.String(), want) {
			t.Errorf("the reference lacks %q:\n%s", want, md.String())
		}
	}
}
