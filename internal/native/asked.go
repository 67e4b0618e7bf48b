package native

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// attribute says of each library who asked for it. The tracer saw whose code called
// dlopen; but what a library's DT_NEEDED names is asked for by that library, though
// the same dlopen is on the stack. libs are in the order in which they were opened,
// and needs holds the DT_NEEDED names of each.
//
// An object that needs this one and was opened before it did ask: had somebody else
// opened it earlier, it would have come earlier.
func attribute(libs []Library, needs [][]string) {
	for i := range libs {
		l := &libs[i]
		if l.InClosure {
			if len(l.NeededBy) > 0 && strings.HasPrefix(l.NeededBy[0], "/") { // not LD_PRELOAD
				l.OpenedBy = l.NeededBy[0]
			}
			continue
		}
		for j := range libs[:i] {
			if libs[j].Main != l.Main && l.Main {
				continue
			}
			if slices.Contains(needs[j], filepath.Base(l.Path)) || l.Soname != "" && slices.Contains(needs[j], l.Soname) {
				l.OpenedBy = libs[j].Path
				break
			}
		}
	}
}

// tellFacts makes facts say the same as libs about who asked.
func tellFacts(f *strace.Facts, libs []Library) {
	by := make(map[string]string, len(libs))
	for _, l := range libs {
		by[l.Path] = l.OpenedBy
	}
	for i := range f.Libraries {
		if asker := by[f.Libraries[i].Path]; asker != "" {
			f.Libraries[i].OpenedBy = asker
		}
	}
}
