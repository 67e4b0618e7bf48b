package report

import (
	"fmt"
	"path"
	"strings"
)

// pageGraph is the libraries of a run, laid out in columns: the program at the left, each
// library one column right of the first that asks for it.
type pageGraph struct {
	Width, Height int
	Nodes         []pageNode
	Edges         []pageEdge
	Needed        int
	Dlopened      int
	Missing       int
}

type pageNode struct {
	Name, Path, Kind string // Kind: program, needed, dlopened, missing
	By               string // object whose code asked for it; "" unknown
	X, Y, TextY      int
}

type pageEdge struct {
	From, To int // indices of nodes
	Kind     string
	D        string // SVG path
}

// Sizes in SVG units. A column that grew longer than maxRows would be a thin line at
// the scale that shows it whole, so it is broken into several.
const (
	nodeWidth  = 220
	nodeHeight = 20
	columnStep = 300
	rowStep    = 28
	maxRows    = 40
	maxName    = 28 // characters that fit into a node
)

// newGraph lays out what the native run loaded; what the image lacks is "missing". nil
// when the run is not known.
func newGraph(r *Report, list []Problem, libs []TraceLibrary) *pageGraph {
	if len(libs) == 0 {
		return nil
	}
	g := &pageGraph{}
	index := map[string]int{r.Program: 0}
	g.Nodes = append(g.Nodes, pageNode{Name: Escape(path.Base(r.Program)), Path: Escape(r.Program), Kind: "program"})
	lacking := missingNames(r, list)
	for _, l := range libs {
		if _, ok := index[l.Path]; ok {
			continue
		}
		kind := "needed"
		switch {
		case lacking[path.Base(l.Path)] || l.Soname != "" && lacking[l.Soname]:
			kind = "missing"
			g.Missing++
		case !l.InClosure:
			kind = "dlopened"
			g.Dlopened++
		default:
			g.Needed++
		}
		index[l.Path] = len(g.Nodes)
		g.Nodes = append(g.Nodes, pageNode{Name: shorten(Escape(path.Base(l.Path)), maxName), Path: Escape(l.Path), Kind: kind, By: Escape(l.OpenedBy)})
	}
	for _, l := range libs {
		to := index[l.Path]
		for _, by := range l.NeededBy {
			if from, ok := index[by]; ok && from != to {
				g.Edges = append(g.Edges, pageEdge{From: from, To: to, Kind: "needed"})
			}
		}
		if len(l.NeededBy) > 0 || l.InClosure {
			continue
		}
		from := index[l.OpenedBy] // the program where it is not known who asked
		if from != to {
			g.Edges = append(g.Edges, pageEdge{From: from, To: to, Kind: "dlopened"})
		}
	}
	g.layout()
	return g
}

// missingNames are the base names of libraries that the image lacks.
func missingNames(r *Report, list []Problem) map[string]bool {
	names := map[string]bool{}
	for _, p := range list {
		if strings.HasPrefix(p.ID, "missing-lib.") {
			names[path.Base(p.Subject)] = true
		}
	}
	if r.Bundle != nil {
		for _, e := range r.Bundle.Entries {
			if e.Kind == "library" {
				names[path.Base(e.To)] = true
				names[path.Base(e.From)] = true
			}
		}
	}
	return names
}

// layout gives every node its place, and every edge its curve.
func (g *pageGraph) layout() {
	next := map[int][]int{}
	for _, e := range g.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	depth := make([]int, len(g.Nodes))
	for i := range depth {
		depth[i] = -1
	}
	depth[0] = 0
	queue := []int{0}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, to := range next[n] {
			if depth[to] < 0 {
				depth[to] = depth[n] + 1
				queue = append(queue, to)
			}
		}
	}
	columns := map[int][]int{}
	last := 0
	for i, d := range depth {
		if d < 0 { // nothing that is known asks for it: the loader itself, for one
			d = 1
		}
		columns[d] = append(columns[d], i)
		last = max(last, d)
	}
	column := 0
	for d := 0; d <= last; d++ {
		for i, n := range columns[d] {
			if i > 0 && i%maxRows == 0 {
				column++
			}
			node := &g.Nodes[n]
			node.X, node.Y = 10+column*columnStep, 10+i%maxRows*rowStep
			node.TextY = node.Y + 14
			g.Height = max(g.Height, node.Y+rowStep)
		}
		column++
	}
	g.Width = column * columnStep
	for i := range g.Edges {
		e := &g.Edges[i]
		a, b := g.Nodes[e.From], g.Nodes[e.To]
		x1, y1, x2, y2 := a.X+nodeWidth, a.Y+nodeHeight/2, b.X, b.Y+nodeHeight/2
		if b.X <= a.X { // back, or within a column: on the right side of both
			x2 = b.X + nodeWidth
			e.D = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+50, y1, x2+50, y2, x2, y2)
			continue
		}
		e.D = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+40, y1, x2-40, y2, x2, y2)
	}
}
