package bundler

import (
	"maps"
	"path"
	"slices"

	"github.com/nanodiag/nanodiag/strace"
)

// Family is a kind of program that this one belongs to. Another input may load members
// of it that the native run did not.
type Family struct {
	Name     string // as Options.IncludeFamily takes it
	What     string // what another input would load: "time zones"
	Sign     string // a path that the run used and that shows it; "" where only the user said so
	Included bool
	Files    int   // regular files that it would add, with the libraries that they need; 0 when included
	Size     int64 // their bytes
}

// Families says which families the program belongs to, in the order of FamilyNames,
// and what each one would add. Those that would add nothing are left out. It costs as
// much as the families are large (milliseconds, for hundreds of plugins a second),
// which is why New does not do it.
func (p *Plan) Families() []Family {
	if p.families == nil {
		return nil
	}
	return p.families()
}

// included collects the families that the options name.
func (p *planner) included(n *native) []*members {
	if len(p.in.IncludeFamily) == 0 {
		return nil
	}
	var out []*members
	all := p.memberships()
	for i := range all {
		if all[i].included {
			p.leaveFatal(all[i].name)
			out = append(out, p.collect(n, &all[i]))
		}
	}
	return out
}

// leaveFatal excludes the members of a family that the guest does not survive.
func (p *planner) leaveFatal(family string) {
	for _, f := range fatalMembers {
		loaded := slices.ContainsFunc(p.in.Facts.Libraries, func(l strace.Library) bool { return path.Base(l.Path) == f.base })
		if f.family != family || loaded || p.excluded.match(f.base) {
			continue
		}
		p.excluded = append(slices.Clone(p.excluded), f.base)
		p.drop(f.base, "%s", f.reason)
	}
}

func (p *planner) offers(n *native) []Family {
	var out []Family
	all := p.memberships()
	for i := range all {
		m := &all[i]
		f := Family{Name: m.name, What: m.what, Sign: m.sign, Included: m.included}
		if !f.Included {
			f.Files, f.Size = p.trial(n, m)
		}
		if f.Included || f.Files > 0 {
			out = append(out, f)
		}
	}
	return out
}

// trial plans a family on top of the plan, and counts what that adds.
func (p *planner) trial(n *native, m *membership) (files int, size int64) {
	t := *p
	t.plan = &Plan{host: p.plan.host}
	t.layout = p.layout.clone()
	c := t.collect(n, m)
	if err := t.resolve(n, c.reqs); err != nil {
		return 0, 0
	}
	c.place()
	for to, e := range t.layout.entries {
		if p.layout.entries[to] == nil && e.Kind != KindCache && e.Mode.IsRegular() {
			files++
			size += e.Size
		}
	}
	return files, size
}

func (l *layout) clone() *layout {
	return &layout{host: l.host, tree: l.tree.Clone(), entries: maps.Clone(l.entries), regular: maps.Clone(l.regular)}
}
