package elfdeps

import "slices"

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

// Chain explains why a library is in the closure, or missing from it: the names from
// the program's path down to the library, e.g. [/usr/bin/curl libcurl.so.4 libz.so.1].
// soname is a name asked for, a DT_SONAME or a path. It is the shortest chain; nil when
// the closure has no such library.
func (c *Closure) Chain(soname string) []string {
	if c.ns == nil {
		return nil
	}
	chains := map[*link][]string{}
	var queue []*link
	if !c.isDlopen() {
		chains[c.ns.main] = []string{c.Program.Path}
		queue = append(queue, c.ns.main)
	}
	for _, l := range c.roots() {
		chains[l] = []string{c.Program.Path, l.obj.Soname}
		queue = append(queue, l)
		if l.answers(soname) {
			return chains[l]
		}
	}
	for len(queue) > 0 {
		l := queue[0]
		queue = queue[1:]
		for _, e := range l.edges {
			if e.to != nil && e.to.seq < c.ns.before {
				continue
			}
			chain := append(slices.Clone(chains[l]), e.name)
			if e.leadsTo(soname) {
				return chain
			}
			if e.to != nil && chains[e.to] == nil {
				chains[e.to] = chain
				queue = append(queue, e.to)
			}
		}
	}
	return nil
}

// TreeTo is the part of Tree that leads to a library: every object that needs it, and
// every one that needs those, each expanded once.
func (c *Closure) TreeTo(soname string) *Node {
	root := c.Tree()
	if c.ns == nil {
		return root
	}
	leads := map[*Object]bool{}
	users := map[*link][]*link{} // who needs it
	var queue []*link
	for _, l := range c.ns.links {
		for _, e := range l.edges {
			if e.leadsTo(soname) {
				queue = append(queue, l)
			}
			if e.to != nil {
				users[e.to] = append(users[e.to], l)
			}
		}
	}
	for len(queue) > 0 {
		l := queue[0]
		queue = queue[1:]
		if l.obj == nil || leads[l.obj] {
			continue
		}
		leads[l.obj] = true
		queue = append(queue, users[l]...)
	}
	root.prune(soname, leads)
	return root
}

// prune keeps the children that are the library or lead to it.
func (n *Node) prune(soname string, leads map[*Object]bool) {
	n.Children = slices.DeleteFunc(n.Children, func(child *Node) bool {
		if child.Name == soname || child.Object.answers(soname) {
			child.Children, child.Repeated = nil, false
			return false
		}
		child.prune(soname, leads)
		return !leads[child.Object]
	})
}

func (e edge) leadsTo(soname string) bool {
	return e.name == soname || e.to != nil && e.to.answers(soname)
}

// answers reports whether name denotes the object.
func (l *link) answers(name string) bool { return l.obj.answers(name) }

func (o *Object) answers(name string) bool {
	return o != nil && (o.Soname == name || o.Path == name || o.Real == name || o.File != nil && o.File.Soname == name)
}
