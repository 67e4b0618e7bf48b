// Package manual turns the commands' own help into the reference in docs/cli.md and
// into man pages. What goes in is the tree of commands; what comes out depends on
// nothing else: no date, no machine.
package manual

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// GroupAnnotation is the annotation of a flag that belongs under a title of its own.
const GroupAnnotation = "nanodiag_group"

// Page is the manual of one command.
type Page struct {
	Name     string // "nanodiag diagnose"
	Short    string // one line, without full stop
	Long     []Block
	Usage    string
	Examples []string
	Groups   []Group
	Commands []Page // with Name and Short only
}

// Block is a paragraph, or lines to be shown as they are.
type Block struct {
	Verbatim bool
	Lines    []string
}

// Group is a list of flags under a title.
type Group struct {
	Title string
	Flags []Flag
}

// Flag is one flag as the reader types it.
type Flag struct {
	Spelling string // "-c, --config FILE"
	Text     string
	Default  string // "" where it says nothing
}

// Pages are the manuals of a command and of all below it that are not hidden.
func Pages(c *cobra.Command) []Page {
	pages := []Page{newPage(c)}
	for _, sub := range visible(c) {
		pages = append(pages, Pages(sub)...)
	}
	return pages
}

func visible(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			out = append(out, sub)
		}
	}
	return out
}

func newPage(c *cobra.Command) Page {
	c.InitDefaultHelpFlag()
	p := Page{Name: c.CommandPath(), Short: c.Short, Long: blocks(c.Long), Usage: c.UseLine()}
	if p.Long == nil {
		p.Long = blocks(c.Short + ".")
	}
	for line := range strings.Lines(c.Example) {
		p.Examples = append(p.Examples, strings.TrimPrefix(strings.TrimRight(line, "\n"), "  "))
	}
	for _, sub := range visible(c) {
		p.Commands = append(p.Commands, Page{Name: sub.Name(), Short: sub.Short})
	}
	p.Groups = groups(c.LocalFlags())
	return p
}

// groups puts flags with the annotation under its title, the others first.
func groups(flags *pflag.FlagSet) []Group {
	out := []Group{{Title: "Flags"}}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		at := 0
		if title := f.Annotations[GroupAnnotation]; len(title) > 0 {
			for at = 1; at < len(out) && out[at].Title != title[0]; at++ {
			}
			if at == len(out) {
				out = append(out, Group{Title: title[0]})
			}
		}
		out[at].Flags = append(out[at].Flags, newFlag(f))
	})
	return out
}

func newFlag(f *pflag.Flag) Flag {
	value, text := pflag.UnquoteUsage(f)
	spelling := "--" + f.Name
	if f.Shorthand != "" {
		spelling = "-" + f.Shorthand + ", " + spelling
	}
	if value != "" {
		spelling += " " + value
	}
	out := Flag{Spelling: spelling, Text: text, Default: f.DefValue}
	switch f.DefValue {
	case "", "[]", "0", "0s", "false":
		out.Default = ""
	}
	return out
}

// blocks cuts help text at its empty lines; lines that begin with spaces are verbatim.
func blocks(text string) []Block {
	var out []Block
	open := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			open = false
			continue
		}
		verbatim := strings.HasPrefix(line, "  ")
		if !open || out[len(out)-1].Verbatim != verbatim {
			out = append(out, Block{Verbatim: verbatim})
			open = true
		}
		b := &out[len(out)-1]
		b.Lines = append(b.Lines, strings.TrimPrefix(line, "  "))
	}
	return out
}
