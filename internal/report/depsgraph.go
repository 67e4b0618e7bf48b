package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// DepsGraph collects closures into one picture: libraries with the same path are one node.
type DepsGraph struct {
	ids   map[string]int
	nodes []graphNode
	edges [][2]int
	drawn map[[2]int]bool
}

type graphNode struct {
	label   string
	program bool
	missing bool
}

// Add puts a closure into the picture.
func (g *DepsGraph) Add(c *elfdeps.Closure) {
	if g.ids == nil {
		g.ids, g.drawn = map[string]int{}, map[[2]int]bool{}
	}
	root := c.Tree()
	g.walk(root, g.node(root.Name, graphNode{label: root.Name, program: true}))
	if c.InterpreterMissing {
		g.edge(g.ids[root.Name], g.node("missing "+c.Interpreter, graphNode{label: c.Interpreter, missing: true}))
	}
}

func (g *DepsGraph) walk(n *elfdeps.Node, from int) {
	for _, child := range n.Children {
		key, node := "missing "+child.Name, graphNode{label: child.Name, missing: child.Missing}
		if child.Object != nil {
			key = child.Object.Path
		}
		to := g.node(key, node)
		g.edge(from, to)
		g.walk(child, to)
	}
}

func (g *DepsGraph) node(key string, n graphNode) int {
	id, known := g.ids[key]
	if !known {
		id = len(g.nodes)
		g.ids[key] = id
		g.nodes = append(g.nodes, n)
	}
	return id
}

func (g *DepsGraph) edge(from, to int) {
	e := [2]int{from, to}
	if !g.drawn[e] {
		g.drawn[e] = true
		g.edges = append(g.edges, e)
	}
}

// DOT writes the picture for Graphviz: dot -Tsvg.
func (g *DepsGraph) DOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "digraph deps {\n  rankdir=LR\n  node [shape=box]")
	for i, n := range g.nodes {
		style := ""
		switch {
		case n.missing:
			style = ", color=red, fontcolor=red, style=dashed"
		case n.program:
			style = ", style=bold"
		}
		// DOT knows two escapes within quotes.
		label := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(Escape(n.label))
		fmt.Fprintf(b, "  n%d [label=\"%s\"%s]\n", i, label, style)
	}
	for _, e := range g.edges {
		fmt.Fprintf(b, "  n%d -> n%d\n", e[0], e[1])
	}
	fmt.Fprintln(b, "}")
	return b.Flush()
}

// Mermaid writes the picture as Markdown viewers draw it.
func (g *DepsGraph) Mermaid(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "flowchart LR")
	var missing []string
	for i, n := range g.nodes {
		label := strings.NewReplacer(`"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;").Replace(Escape(n.label))
		fmt.Fprintf(b, "  n%d[\"%s\"]\n", i, label)
		if n.missing {
			missing = append(missing, "n"+strconv.Itoa(i))
		}
	}
	for _, e := range g.edges {
		fmt.Fprintf(b, "  n%d --> n%d\n", e[0], e[1])
	}
	if len(missing) > 0 {
		fmt.Fprintf(b, "  classDef missing stroke:#c00,color:#c00,stroke-dasharray:4\n  class %s missing\n", strings.Join(missing, ","))
	}
	return b.Flush()
}
