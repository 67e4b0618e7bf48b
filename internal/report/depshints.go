package report

import (
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// Hints prints what may be loaded at run time, by the object that would load it.
func (t *DepsText) Hints(hints []elfdeps.Hint, incomplete []string) {
	if len(hints) == 0 {
		t.line("  no sign of a library that is loaded at run time")
	} else {
		t.line("  %s", t.paint(bold, "possible at run time (signs in the files; nothing was run)"))
	}
	var order []string
	by := map[string][]elfdeps.Hint{}
	for _, h := range hints {
		if by[h.Object] == nil {
			order = append(order, h.Object)
		}
		by[h.Object] = append(by[h.Object], h)
	}
	for _, object := range order {
		t.line("  %s", Escape(object))
		for _, h := range by[object] {
			t.line("    %-6s  %s%s", h.Kind, Escape(strings.Join(h.Names, " or ")), t.about(h))
		}
	}
	for _, s := range incomplete {
		t.line("  not checked: %s", Escape(s))
	}
}

// about is what stands after the names of a hint: where it is, what for, the evidence.
func (t *DepsText) about(h elfdeps.Hint) string {
	var s strings.Builder
	switch {
	case h.Kind == elfdeps.HintImport:
		return ""
	case h.Found != "":
		s.WriteString(" => " + Escape(h.Found))
	case !strings.ContainsAny(strings.Join(h.Names, ""), "%*{") || path.IsAbs(h.Names[0]) && !strings.Contains(h.Names[0], "*"):
		s.WriteString(" => not found")
	}
	var notes []string
	for _, n := range []string{h.Feature, h.Priority, h.Description, h.Evidence} {
		if n != "" {
			notes = append(notes, Escape(n))
		}
	}
	return s.String() + t.paint(dim, " ("+strings.Join(notes, "; ")+")")
}
