package elfdeps

import "strings"

// preloadFile lists libraries to load into every program (ld.so(8)).
const preloadFile = "/etc/ld.so.preload"

// maxPreload bytes of /etc/ld.so.preload.
const maxPreload = 64 << 10

// preload loads LD_PRELOAD and then /etc/ld.so.preload. They come right after the
// program, and are searched for as if the program needed them.
func (ns *namespace) preload(c *Closure) []*link {
	var links []*link
	add := func(name, source string) {
		before := len(ns.links)
		l, miss := ns.mapPreload(name)
		if l == nil {
			miss.NeededBy = []string{source}
			addMissing(&c.PreloadMissing, *miss)
			return
		}
		if len(ns.links) > before {
			l.obj.NeededBy = []string{source}
			c.Objects = append(c.Objects, l.obj)
			links = append(links, l)
		}
	}
	for _, name := range strings.FieldsFunc(ns.l.cfg.Preload, isPreloadSeparator) {
		add(name, "LD_PRELOAD")
	}
	if ns.interp.musl {
		return links // musl has no such file
	}
	b, err := ns.l.readWhole(preloadFile, maxPreload)
	if err != nil {
		return links
	}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		for _, name := range strings.FieldsFunc(line, isPreloadSeparator) {
			add(name, preloadFile)
		}
	}
	return links
}

// mapPreload loads one object: in glibc as if the program needed it, in musl as if nobody
// did.
func (ns *namespace) mapPreload(name string) (*link, *Missing) {
	if ns.interp.musl {
		return ns.mapMusl(nil, name)
	}
	return ns.mapFor(ns.main, ns.main, name)
}

func isPreloadSeparator(r rune) bool { return r == ' ' || r == ':' || r == '\t' || r == '\n' }
