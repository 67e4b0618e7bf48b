package bundler

import (
	"path"
	"slices"
	"strings"
)

// membership is a family that the program belongs to.
type membership struct {
	*family
	sign     string // a path that shows it; "" where the user said so
	places   []markPlace
	included bool
}

// markPlace is where a mark was seen: what "$home" and "$prefix" stand for.
type markPlace struct{ home, prefix string }

// memberships finds the families of the program in what the native run used.
func (p *planner) memberships() []membership {
	used := make([][]string, 0, len(p.in.Facts.Files)+len(p.in.Facts.Libraries)+1)
	take := func(name string) {
		if path.IsAbs(name) && !systemPath(name) {
			used = append(used, strings.Split(name[1:], "/"))
		}
	}
	take(p.in.HostProgram)
	for _, l := range p.in.Facts.Libraries {
		take(l.Path)
	}
	for _, f := range p.in.Facts.Files {
		take(f.Path)
	}
	var out []membership
	for i := range families {
		m := membership{family: &families[i]}
		m.included = slices.Contains(p.in.IncludeFamily, m.name)
		for _, mark := range m.marks {
			m.seek(strings.Split(mark, "/"), used)
		}
		switch {
		case len(m.places) > 0:
			m.included = m.included || slices.Contains(p.in.IncludeFamily, "all")
			out = append(out, m)
		case m.included: // the user knows better; its fixed places can serve
			out = append(out, m)
		}
	}
	return out
}

// seek looks for the components of a mark in each path.
func (m *membership) seek(mark []string, used [][]string) {
	for _, parts := range used {
		for at := 0; at+len(mark) <= len(parts); at++ {
			if !matchParts(mark, parts[at:]) {
				continue
			}
			place := markPlace{home: "/" + strings.Join(parts[:at+len(mark)], "/"), prefix: "/" + strings.Join(parts[:at], "/")}
			if !slices.Contains(m.places, place) {
				m.places = append(m.places, place)
			}
			if m.sign == "" {
				m.sign = "/" + strings.Join(parts, "/")
			}
			break // the outermost: node_modules lie in node_modules
		}
	}
}

func matchParts(mark, parts []string) bool {
	for i, pattern := range mark {
		if pattern == parts[i] {
			continue
		}
		if !strings.ContainsAny(pattern, "*?") {
			return false
		}
		if ok, _ := path.Match(pattern, parts[i]); !ok {
			return false
		}
	}
	return true
}

// globs are the patterns of a root, one for each place where a mark was seen.
func (m *membership) globs(r familyRoot) []string {
	if !strings.HasPrefix(r.glob, "$") {
		return []string{r.glob}
	}
	var out []string
	for _, at := range m.places {
		g := strings.NewReplacer("$home", escapeGlob(at.home), "$prefix", escapeGlob(strings.TrimSuffix(at.prefix, "/"))).Replace(r.glob)
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// escapeGlob makes a path a pattern of itself.
func escapeGlob(p string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(p)
}
