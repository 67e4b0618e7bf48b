package elfdeps

// Node is one object in a drawing of the closure as a tree.
type Node struct {
	Name     string  // as asked for; the program's path at the top
	Object   *Object // nil for the program and for a missing library
	Missing  bool
	Repeated bool // expanded elsewhere in the tree: Children is empty although it needs libraries
	Children []*Node
}

// Tree returns the program with what each object needs. Every object is expanded once,
// where it is nearest to the program: ffmpeg has 215 objects, but 40,000 nodes when
// each is expanded wherever it occurs.
func (c *Closure) Tree() *Node {
	root := &Node{Name: c.Program.Path}
	if c.ns == nil {
		return root
	}
	type pending struct {
		node *Node
		link *link
	}
	expanded := map[*link]bool{}
	queue := []pending{{root, c.ns.main}}
	for _, l := range c.roots() {
		n := &Node{Name: l.obj.Soname, Object: l.obj}
		root.Children = append(root.Children, n)
		queue = append(queue, pending{n, l})
	}
	if c.isDlopen() { // what was there before is no part of it
		queue = queue[1:]
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if expanded[p.link] {
			p.node.Repeated = len(p.link.edges) > 0
			continue
		}
		expanded[p.link] = true
		for _, e := range p.link.edges {
			switch {
			case e.to == nil:
				p.node.Children = append(p.node.Children, &Node{Name: e.name, Missing: true})
			case e.to.obj != nil:
				n := &Node{Name: e.name, Object: e.to.obj}
				p.node.Children = append(p.node.Children, n)
				if e.to.seq >= c.ns.before {
					queue = append(queue, pending{n, e.to})
				}
			}
		}
	}
	return root
}

func (c *Closure) isDlopen() bool { return c.ns.before > 0 }

// roots are the objects that no DT_NEEDED brought in: preloads, or what dlopen loaded.
func (c *Closure) roots() []*link {
	asked := map[*link]bool{}
	for _, l := range c.ns.links {
		for _, e := range l.edges {
			asked[e.to] = true
		}
	}
	var roots []*link
	for _, l := range c.ns.links[c.ns.before:] {
		if l.obj != nil && l.obj.FoundBy != ByLoaded && !asked[l] {
			roots = append(roots, l)
		}
	}
	return roots
}

// maxChains bounds what Chain returns with all: their number grows exponentially with
// the depth of the graph.
const maxChains = 1000

// Chain explains why a library is in the closure, or missing from it: the names from
// the program's path down to the library, e.g. [/usr/bin/curl libcurl.so.4 libz.so.1].
// soname is a name asked for, a DT_SONAME or a path. Without all it is one shortest
// chain, with all every shortest one; none when the closure has no such library.
func (c *Closure) Chain(soname string, all bool) [][]string {
	if c.ns == nil {
		return nil
	}
	starts := c.roots()
	if !c.isDlopen() {
		starts = append([]*link{c.ns.main}, starts...)
	}
	w := chainWalk{soname: soname, keep: 1, depth: map[*link]int{}, paths: map[*link][][]string{}}
	if all {
		w.keep = maxChains
	}
	for _, l := range starts {
		name := c.Program.Path
		chain := []string{name}
		if l != c.ns.main {
			chain = append(chain, l.obj.Soname)
		}
		w.depth[l] = len(chain)
		w.paths[l] = [][]string{chain}
		if l.answers(soname) {
			w.hits = append(w.hits, chain)
		}
	}
	if len(w.hits) == 0 {
		w.breadthFirst(starts, c.ns.before)
	}
	if !all && len(w.hits) > 1 {
		return w.hits[:1]
	}
	return w.hits
}

type chainWalk struct {
	soname string
	keep   int                  // chains to remember per object
	depth  map[*link]int        // length of the shortest chains to an object
	paths  map[*link][][]string // those chains
	hits   [][]string
}

// breadthFirst goes level by level and stops after the first level with a hit.
func (w *chainWalk) breadthFirst(level []*link, before int) {
	for len(level) > 0 && len(w.hits) == 0 {
		var next []*link
		for _, l := range level {
			for _, e := range l.edges {
				if e.to != nil && e.to.seq < before {
					continue
				}
				hit := e.name == w.soname || e.to != nil && e.to.answers(w.soname)
				d, seen := w.depth[e.to]
				if !hit && (e.to == nil || seen && d <= w.depth[l]) {
					continue
				}
				for _, p := range w.paths[l] {
					chain := append(append([]string(nil), p...), e.name)
					if hit && len(w.hits) < w.keep {
						w.hits = append(w.hits, chain)
					}
					if e.to != nil && len(w.paths[e.to]) < w.keep {
						w.paths[e.to] = append(w.paths[e.to], chain)
					}
				}
				if e.to != nil && !seen {
					w.depth[e.to] = w.depth[l] + 1
					next = append(next, e.to)
				}
			}
		}
		level = next
	}
}

// answers reports whether name denotes the object.
func (l *link) answers(name string) bool {
	o := l.obj
	return o != nil && (o.Soname == name || o.Path == name || o.Real == name || o.File != nil && o.File.Soname == name)
}
