package report

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// Deps is the closure of one ELF file.
type Deps struct {
	Schema         string           `json:"schema"`
	Program        string           `json:"program"`
	Interpreter    string           `json:"interpreter"`
	Objects        []DepsObject     `json:"objects"`
	Missing        []DepsMissing    `json:"missing"`
	VersionMissing []VersionMissing `json:"version_missing"`
}

// DepsList holds the closures of several ELF files.
type DepsList struct {
	Schema string `json:"schema"`
	Items  []Deps `json:"items"`
}

// DepsObject is one library of a closure.
type DepsObject struct {
	Soname   string   `json:"soname"`
	Path     string   `json:"path"`
	FoundBy  string   `json:"found_by"`
	NeededBy []string `json:"needed_by"`
	HWCaps   bool     `json:"hwcaps"`
}

// DepsMissing is a library that the loader would not find.
type DepsMissing struct {
	Soname   string   `json:"soname"`
	NeededBy []string `json:"needed_by"`
	Tried    []string `json:"tried"`
}

// VersionMissing is a symbol version that an object needs and its library lacks.
type VersionMissing struct {
	Object   string `json:"object"`
	NeededBy string `json:"needed_by"`
	Version  string `json:"version"`
}

// NewDeps turns a closure into its JSON form. program is the name that was asked for.
func NewDeps(program string, c *elfdeps.Closure) Deps {
	d := Deps{
		Schema: SchemaDeps, Program: program, Interpreter: c.Interpreter,
		Objects: []DepsObject{}, Missing: []DepsMissing{}, VersionMissing: []VersionMissing{},
	}
	for _, o := range c.Objects {
		d.Objects = append(d.Objects, DepsObject{o.Soname, o.Path, string(o.FoundBy), list(o.NeededBy), o.HWCaps})
	}
	if c.InterpreterMissing {
		d.Missing = append(d.Missing, DepsMissing{c.Interpreter, []string{program}, []string{c.Interpreter}})
	}
	for _, m := range c.Missing {
		d.Missing = append(d.Missing, DepsMissing{m.Soname, list(m.NeededBy), list(m.Tried)})
	}
	for _, v := range c.VersionMissing {
		d.VersionMissing = append(d.VersionMissing, VersionMissing{v.Object, v.NeededBy, v.Version})
	}
	return d
}

// list makes nil an empty JSON array.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// DepsFlat prints one library a line, as ldd does, with how it was found.
func DepsFlat(w io.Writer, c *elfdeps.Closure) {
	for _, o := range c.Objects {
		fmt.Fprintf(w, "  %s => %s (%s)\n", Escape(o.Soname), Escape(o.Path), how(o))
	}
	if len(c.Objects) == 0 && len(c.Missing) == 0 && !c.InterpreterMissing {
		fmt.Fprintln(w, "  statically linked: it needs no library")
	}
	depsProblems(w, c)
}

func depsProblems(w io.Writer, c *elfdeps.Closure) {
	if c.InterpreterMissing {
		fmt.Fprintf(w, "  %s => not found: the program's interpreter (PT_INTERP)\n", Escape(c.Interpreter))
	}
	for _, m := range c.Missing {
		fmt.Fprintf(w, "  %s => not found, needed by %s\n", Escape(m.Soname), Escape(strings.Join(m.NeededBy, ", ")))
		for _, t := range m.Tried {
			fmt.Fprintf(w, "      tried %s\n", Escape(t))
		}
	}
	for _, v := range c.VersionMissing {
		fmt.Fprintf(w, "  %s lacks the version %s, needed by %s\n", Escape(v.Object), Escape(v.Version), Escape(v.NeededBy))
	}
}

func how(o *elfdeps.Object) string {
	if o.HWCaps {
		return string(o.FoundBy) + ", glibc-hwcaps"
	}
	return string(o.FoundBy)
}

// DepsTree prints who needs whom. What an object needs is printed once, where it is
// nearest to the program; elsewhere the line ends in "…".
func DepsTree(w io.Writer, c *elfdeps.Closure) {
	tried := map[string][]string{}
	for _, m := range c.Missing {
		tried[m.Soname] = m.Tried
	}
	var walk func(n *elfdeps.Node, indent string)
	walk = func(n *elfdeps.Node, indent string) {
		switch {
		case n.Missing:
			fmt.Fprintf(w, "%s%s => not found\n", indent, Escape(n.Name))
			for i, t := range tried[n.Name] {
				fmt.Fprintf(w, "%s    %2d. %s\n", indent, i+1, Escape(t))
			}
		case n.Object == nil:
			fmt.Fprintf(w, "%s%s\n", indent, Escape(n.Name))
		default:
			more := ""
			if n.Repeated {
				more = " …"
			}
			fmt.Fprintf(w, "%s%s => %s [%s]%s\n", indent, Escape(n.Name), Escape(n.Object.Path), how(n.Object), more)
		}
		for _, child := range n.Children {
			walk(child, indent+"  ")
		}
	}
	walk(c.Tree(), "")
	if c.InterpreterMissing {
		fmt.Fprintf(w, "  %s => not found: the program's interpreter (PT_INTERP)\n", Escape(c.Interpreter))
	}
	for _, v := range c.VersionMissing {
		fmt.Fprintf(w, "  %s lacks the version %s, needed by %s\n", Escape(v.Object), Escape(v.Version), Escape(v.NeededBy))
	}
}

// DepsWhy prints the chain from the program to soname, or every chain, and
// reports whether there is one.
func DepsWhy(w io.Writer, c *elfdeps.Closure, soname string, all bool) bool {
	chains := c.Chain(soname, all)
	if len(chains) == 0 {
		fmt.Fprintf(w, "%s does not need %s; it needs %s\n", Escape(c.Program.Path), Escape(soname), Escape(sonames(c)))
		return false
	}
	for _, ch := range chains {
		for i, p := range ch {
			if i > 0 {
				fmt.Fprintf(w, "%s-> ", strings.Repeat("  ", i))
			}
			fmt.Fprintln(w, Escape(p))
		}
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
