package bundler

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// The tables in which glibc's iconv looks up a character set: a cache of all of them,
// made by iconvconfig(8), or without it the text that it was made from.
const (
	gconvCache = "gconv-modules.cache"
	gconvTable = "gconv-modules"
	gconvMore  = "gconv-modules.d"
)

// gconv replaces iconv's tables by one of the character sets that are bundled. The
// host's name all 200: iconv_open(3) would fail with ENOENT for one that is not in the
// image, where programs expect EINVAL and go on with another set.
func (p *planner) gconv() {
	for to, e := range p.layout.entries {
		if base := path.Base(to); base != gconvCache && base != gconvTable || path.Base(path.Dir(to)) != "gconv" || e.From == "" {
			continue
		}
		dir := path.Dir(to)
		table, whole, ok := p.gconvTable(path.Dir(e.From), dir)
		if !ok || whole {
			continue // no text to choose from, or nothing to leave out
		}
		for _, name := range p.layout.below(dir, gconvCache, gconvTable, gconvMore) {
			p.layout.remove(name)
		}
		err := p.layout.add(Entry{To: path.Join(dir, gconvTable), Content: table, Mode: 0o644, Kind: KindData, Size: int64(len(table)),
			Why: "names the character sets that are bundled, in place of the host's table of all", Family: e.Family})
		if err != nil {
			p.drop(path.Join(dir, gconvTable), "%v", err)
		}
		return // the map has changed; a system has one such directory
	}
}

// gconvTable is the text of the host's tables without the modules that the image lacks.
// whole says that it lacks none.
//
//	alias	EUCKR//			EUC-KR//
//	module	EUC-KR//		INTERNAL		EUC-KR		1
func (p *planner) gconvTable(hostDir, dir string) (table []byte, whole, ok bool) {
	names := []string{path.Join(hostDir, gconvTable)}
	more, _ := fs.Glob(p.in.Host, rel(path.Join(escapeGlob(hostDir), gconvMore, "*.conf")))
	for _, m := range more {
		names = append(names, "/"+m)
	}
	var aliases [][]string
	var out bytes.Buffer
	out.WriteString("# made by nanodiag: the character sets of this image\n")
	known := map[string]bool{}
	whole = true
	for _, name := range names {
		text, err := fs.ReadFile(p.in.Host, rel(name))
		if err != nil {
			continue
		}
		ok = true
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			switch f := strings.Fields(line); {
			case len(f) >= 3 && f[0] == "alias":
				aliases = append(aliases, f)
			case len(f) >= 4 && f[0] == "module" && p.layout.has(path.Join(dir, f[3]+".so")):
				known[f[1]], known[f[2]] = true, true
				fmt.Fprintln(&out, strings.Join(f, "\t"))
			case len(f) >= 4 && f[0] == "module":
				whole = false
			}
		}
	}
	for _, a := range aliases {
		if known[a[2]] {
			fmt.Fprintln(&out, strings.Join(a, "\t"))
		}
	}
	return out.Bytes(), whole, ok
}

// below lists the entries of dir with these names, and what is below those.
func (l *layout) below(dir string, names ...string) []string {
	var out []string
	for to := range l.entries {
		for _, n := range names {
			if at := path.Join(dir, n); to == at || strings.HasPrefix(to, at+"/") {
				out = append(out, to)
			}
		}
	}
	return out
}

// remove takes an entry of the plan out of it.
func (l *layout) remove(to string) {
	l.tree.Remove(to)
	delete(l.entries, to)
	for id, at := range l.regular {
		if at == to {
			delete(l.regular, id)
		}
	}
}
