package manual

import (
	"fmt"
	"io"
	"strings"
)

// Section is a part of the first man page that no command's help holds.
type Section struct {
	Title string
	Items [][2]string // term and text
}

// Man writes the man page of a command, in man(7)'s macros. all are the pages that it
// may refer to, the root's first; extra goes onto the root's page only.
func Man(w io.Writer, p Page, all []Page, extra []Section) error {
	var b strings.Builder
	name := FileName(p)
	fmt.Fprintf(&b, ".TH %s 1 \"\" nanodiag \"User Commands\"\n", strings.ToUpper(strings.TrimSuffix(name, ".1")))
	b.WriteString(".nh\n.ad l\n")
	section(&b, "NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(strings.TrimSuffix(name, ".1")), roff(p.Short))
	section(&b, "SYNOPSIS")
	words := strings.SplitAfter(p.Usage, p.Name)
	fmt.Fprintf(&b, "\\fB%s\\fR%s\n", roff(words[0]), roff(strings.Join(words[1:], "")))
	section(&b, "DESCRIPTION")
	for i, block := range p.Long {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		lines(&b, block)
	}
	if len(p.Commands) > 0 {
		section(&b, "COMMANDS")
		for _, c := range p.Commands {
			item(&b, c.Name, c.Short)
		}
	}
	for _, g := range p.Groups {
		if len(g.Flags) == 0 {
			continue
		}
		section(&b, strings.ToUpper(g.Title))
		for _, f := range g.Flags {
			text := f.Text
			if f.Default != "" {
				text += " (default " + f.Default + ")"
			}
			item(&b, f.Spelling, text)
		}
	}
	if len(p.Examples) > 0 {
		section(&b, "EXAMPLES")
		lines(&b, Block{Verbatim: true, Lines: p.Examples})
	}
	if p.Name == all[0].Name {
		for _, s := range extra {
			section(&b, s.Title)
			for _, i := range s.Items {
				item(&b, i[0], i[1])
			}
		}
	}
	section(&b, "SEE ALSO")
	var also []string
	for _, o := range all {
		if o.Name != p.Name && (p.Name == all[0].Name || o.Name == all[0].Name) {
			also = append(also, "\\fB"+roff(strings.TrimSuffix(FileName(o), ".1"))+"\\fR(1)")
		}
	}
	b.WriteString(strings.Join(append(also, "\\fBstrace\\fR(1)", "\\fBld.so\\fR(8)"), ",\n") + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// FileName is the name of a command's man page: "nanodiag-diagnose.1".
func FileName(p Page) string { return strings.ReplaceAll(p.Name, " ", "-") + ".1" }

func section(b *strings.Builder, title string) { fmt.Fprintf(b, ".SH %s\n", title) }

func item(b *strings.Builder, term, text string) {
	fmt.Fprintf(b, ".TP\n\\fB%s\\fR\n%s\n", roff(term), roff(text))
}

func lines(b *strings.Builder, block Block) {
	if block.Verbatim {
		b.WriteString(".RS 4\n.nf\n")
	}
	for _, l := range block.Lines {
		b.WriteString(roff(l) + "\n")
	}
	if block.Verbatim {
		b.WriteString(".fi\n.RE\n")
	}
}

// roff escapes what troff reads as a command: backslashes, hyphens that a reader may
// copy, quotes, and a dot at the beginning of a line.
func roff(s string) string {
	s = escapes.Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}

var escapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", "...")
