package bundler

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Made reports whether dir is what an earlier Stage wrote.
func Made(dir string) bool {
	_, err := os.Stat(stamp(filepath.Clean(dir)))
	return err == nil
}

// With returns the plan together with what an earlier Stage wrote below dir, so that
// one directory can hold both: Ops lays several MapDirs over each other in no fixed
// order, and two loader caches would shadow each other. Where both have a path, the
// new plan's entry stays; it was made for an image with the earlier ones in it.
func (p *Plan) With(dir string) (*Plan, error) {
	all := *p
	all.Entries = slices.Clone(p.Entries)
	have := make(map[string]bool, len(p.Entries))
	for _, e := range p.Entries {
		have[e.To] = true
	}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		e := Entry{To: path.Join("/", filepath.ToSlash(rel)), Why: "in the bundle already"}
		if have[e.To] {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e.Mode = info.Mode()
		switch {
		case d.IsDir():
			e.Kind = KindDir
		case e.Mode&fs.ModeSymlink != 0:
			e.Kind = KindLink
			if e.Link, err = os.Readlink(name); err != nil {
				return err
			}
		default:
			// Read here: a path of this machine need not lie in the plan's host root.
			if e.Content, err = os.ReadFile(name); err != nil {
				return err
			}
			e.Kind, e.Size = KindData, info.Size()
			all.Size += e.Size
		}
		all.Entries = append(all.Entries, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep the bundle in %s: %w", dir, err)
	}
	slices.SortFunc(all.Entries, func(a, b Entry) int {
		switch {
		case a.To < b.To:
			return -1
		case a.To > b.To:
			return 1
		}
		return 0
	})
	return &all, nil
}
