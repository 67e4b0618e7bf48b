package report

import (
	"bufio"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// DepsText prints closures for a person. Flush ends it.
type DepsText struct {
	w      *bufio.Writer
	colour bool
}

// NewDepsText prints to w, with colours if asked.
func NewDepsText(w io.Writer, colour bool) *DepsText {
	return &DepsText{bufio.NewWriterSize(w, 64<<10), colour}
}

// Flush writes what is left; its error is the first of all writes.
func (t *DepsText) Flush() error { return t.w.Flush() }

func (t *DepsText) line(format string, args ...any) { fmt.Fprintf(t.w, format+"\n", args...) }

func (t *DepsText) paint(sgr, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// Name heads the closure of one of several files.
func (t *DepsText) Name(name string) { t.line("%s:", t.paint(bold, Escape(name))) }

// Flat prints one library a line, as ldd does, with how it was found.
func (t *DepsText) Flat(c *elfdeps.Closure) {
	for _, o := range c.Objects {
		t.w.WriteString("  ")
		t.object(o.Soname, o, " ("+how(o)+")")
		t.w.WriteByte('\n')
	}
	if len(c.Objects) == 0 && len(c.Missing) == 0 && !c.InterpreterMissing {
		t.line("  statically linked: it needs no library")
	}
	for _, m := range c.Missing {
		t.line("  %s => %s, needed by %s%s", Escape(m.Soname), t.paint(red, "not found"), Escape(strings.Join(m.NeededBy, ", ")), reason(m))
		for _, p := range m.Tried {
			t.line("      tried %s", Escape(p))
		}
		if m.TriedMore > 0 {
			t.line("      tried %s", more(m))
		}
	}
	t.problems(c)
	t.needs(c)
}

// object avoids fmt: a machine's programs have 30,000 such lines.
func (t *DepsText) object(name string, o *elfdeps.Object, how string) {
	t.w.WriteString(Escape(name))
	t.w.WriteString(" => ")
	t.w.WriteString(Escape(o.Path))
	t.w.WriteString(t.paint(dim, how))
}

func how(o *elfdeps.Object) string {
	if o.HWCaps {
		return string(o.FoundBy) + ", glibc-hwcaps"
	}
	return string(o.FoundBy)
}

func reason(m elfdeps.Missing) string {
	if m.Reason == "" {
		return ""
	}
	return ": " + Escape(m.Reason)
}

// more is what stands for the places that a closure does not remember.
func more(m elfdeps.Missing) string { return Count(m.TriedMore, "more place", "more places") }

// problems are those that have no place in the tree.
func (t *DepsText) problems(c *elfdeps.Closure) {
	if c.InterpreterMissing {
		t.line("  %s => %s: the program's interpreter (PT_INTERP)", Escape(c.Interpreter), t.paint(red, "not found"))
	}
	for _, v := range c.VersionMissing {
		t.line("  %s %s the version %s, needed by %s", Escape(v.Object), t.paint(red, "lacks"), Escape(v.Version), Escape(v.NeededBy))
	}
	for _, m := range c.PreloadMissing {
		t.line("  %s => %s, preloaded by %s%s", Escape(m.Soname), t.paint(yellow, "not found"), Escape(strings.Join(m.NeededBy, ", ")), reason(m))
	}
}

// needs tells the least system that this runs on.
func (t *DepsText) needs(c *elfdeps.Closure) {
	n := c.Needs()
	for _, x := range []struct {
		what string
		need elfdeps.Need
	}{{"glibc ", n.Glibc}, {"libstdc++ GLIBCXX_", n.Glibcxx}, {"a CPU of level ", n.ISA}} {
		if x.need.Version != "" {
			t.line("%s", t.paint(dim, fmt.Sprintf("  needs %s%s, for %s", x.what, Escape(x.need.Version), Escape(x.need.By))))
		}
	}
}

// Tree prints who needs whom. What an object needs is printed once, where it is nearest
// to the program; elsewhere the line ends in "…".
func (t *DepsText) Tree(c *elfdeps.Closure) {
	missing := map[string]elfdeps.Missing{}
	for _, m := range c.Missing {
		missing[m.Soname] = m
	}
	t.node(c.Tree(), "", missing)
	t.problems(c)
	t.needs(c)
}

func (t *DepsText) node(n *elfdeps.Node, indent string, missing map[string]elfdeps.Missing) {
	t.w.WriteString(indent)
	switch {
	case n.Missing:
		m := missing[n.Name]
		t.line("%s => %s%s", Escape(n.Name), t.paint(red, "not found"), reason(m))
		for i, p := range m.Tried {
			t.line("%s    %2d. %s", indent, i+1, Escape(p))
		}
		if m.TriedMore > 0 {
			t.line("%s        %s", indent, more(m))
		}
	case n.Object == nil:
		t.line("%s", t.paint(bold, Escape(n.Name)))
	default:
		t.object(n.Name, n.Object, " ("+how(n.Object)+")")
		if n.Repeated {
			t.w.WriteString(t.paint(dim, " …"))
		}
		t.w.WriteByte('\n')
	}
	for _, child := range n.Children {
		t.node(child, indent+"  ", missing)
	}
}

// Why prints the shortest chain from the program to soname, and reports whether there is
// one. With all it prints the tree of everything that leads there.
func (t *DepsText) Why(c *elfdeps.Closure, soname string, all bool) bool {
	chain := c.Chain(soname)
	if len(chain) == 0 {
		t.line("%s does not need %s; it needs %s", Escape(c.Program.Path), Escape(soname), Escape(sonames(c)))
		return false
	}
	if all {
		missing := map[string]elfdeps.Missing{}
		t.node(c.TreeTo(soname), "", missing)
		return true
	}
	for i, p := range chain {
		if i > 0 {
			t.w.WriteString(strings.Repeat("  ", i) + "-> ")
		}
		t.line("%s", Escape(p))
	}
	return true
}

func sonames(c *elfdeps.Closure) string {
	var s []string
	for _, o := range c.Objects {
		s = append(s, o.Soname)
	}
	sort.Strings(s)
	const most = 8
	if len(s) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(s[:most], ", "), len(s)-most)
	}
	if len(s) == 0 {
		return "no library"
	}
	return strings.Join(s, ", ")
}
