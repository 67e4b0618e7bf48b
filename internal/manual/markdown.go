package manual

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes all pages as one document.
func Markdown(w io.Writer, pages []Page) error {
	var b strings.Builder
	for i, p := range pages {
		if i == 0 {
			fmt.Fprintf(&b, "# %s\n\n<!-- Generated from the commands' help by go generate ./cmd/nanodiag. -->\n\n", p.Name)
		} else {
			fmt.Fprintf(&b, "## %s\n\n", p.Name)
		}
		markdownPage(&b, p)
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

func markdownPage(b *strings.Builder, p Page) {
	fmt.Fprintf(b, "%s.\n\n", p.Short)
	fence(b, []string{p.Usage})
	for _, block := range p.Long {
		switch {
		case block.Verbatim:
			fence(b, block.Lines)
		case strings.Join(block.Lines, "\n") != p.Short+".":
			fmt.Fprintf(b, "%s\n\n", plain.Replace(strings.Join(block.Lines, "\n")))
		}
	}
	if len(p.Commands) > 0 {
		b.WriteString("| command | |\n|---|---|\n")
		for _, c := range p.Commands {
			full := p.Name + " " + c.Name
			fmt.Fprintf(b, "| [%s](#%s) | %s |\n", c.Name, strings.ReplaceAll(full, " ", "-"), cell(c.Short))
		}
		b.WriteString("\n")
	}
	if len(p.Examples) > 0 {
		b.WriteString("Examples:\n\n")
		fence(b, p.Examples)
	}
	for _, g := range p.Groups {
		if len(g.Flags) == 0 {
			continue
		}
		fmt.Fprintf(b, "%s:\n\n| flag | |\n|---|---|\n", g.Title)
		for _, f := range g.Flags {
			text := f.Text
			if f.Default != "" {
				text += fmt.Sprintf(" (default `%s`)", f.Default)
			}
			fmt.Fprintf(b, "| `%s` | %s |\n", strings.ReplaceAll(f.Spelling, "|", `\|`), cell(text))
		}
		b.WriteString("\n")
	}
}

func fence(b *strings.Builder, lines []string) {
	fmt.Fprintf(b, "```\n%s\n```\n\n", strings.Join(lines, "\n"))
}

// plain keeps Markdown from reading the help's own characters as marks.
var plain = strings.NewReplacer("*", `\*`, "<", "&lt;", "_", `\_`)

func cell(s string) string { return strings.ReplaceAll(plain.Replace(s), "|", `\|`) }
