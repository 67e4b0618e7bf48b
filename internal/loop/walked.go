package loop

import (
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// withWalked adds to facts the directories that a path enters and leaves again by "..":
// the kernel looks each of them up on its way, and facts know the cleaned path only.
//
//	openat(AT_FDCWD, "/usr/lib/gcc/x86_64-linux-gnu/12/../../../include/x.h", …) = 3
func withWalked(facts *strace.Facts, events []strace.Event, cwd string) *strace.Facts {
	known := map[string]bool{}
	for _, f := range facts.Files {
		known[f.Path] = true
	}
	more := *facts
	more.Files = slices.Clip(more.Files)
	for i := range events {
		e := &events[i]
		if !e.OK() || !strings.Contains(e.Path, "/..") {
			continue
		}
		for _, dir := range walked(e.Path) {
			use := strace.FileUse{Path: dir, Mode: strace.ModeDir | strace.ModeStat, Count: 1}
			if !path.IsAbs(dir) {
				if path.Join(cwd, e.Path) != path.Clean(e.Abs) {
					continue // from another directory than the one that the run began in
				}
				use.Path, use.Asked = path.Join(cwd, dir), dir
			}
			use.Path = path.Clean(use.Path)
			if !known[use.Path] {
				known[use.Path] = true
				more.Files = append(more.Files, use)
			}
		}
	}
	return &more
}

// walked lists the prefixes of p that a ".." follows, but for those that end in "..".
func walked(p string) []string {
	var out []string
	parts := strings.Split(p, "/")
	for i, part := range parts {
		if part != ".." || i == 0 || parts[i-1] == ".." || parts[i-1] == "" || i == 1 && parts[0] == "." {
			continue
		}
		out = append(out, strings.Join(parts[:i], "/"))
	}
	return out
}
