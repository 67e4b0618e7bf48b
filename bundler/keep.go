package bundler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// Made reports whether dir is what an earlier Stage wrote.
func Made(dir string) bool {
	_, err := os.Stat(stamp(filepath.Clean(dir)))
	return err == nil
}

// Since returns the part of the plan that differs from what an earlier Stage wrote
// below dir: what is new, and what has changed on the host since. The plan must have
// been made for an image without that bundle.
func (p *Plan) Since(dir string) (*Plan, error) {
	part := *p
	part.Entries, part.Size = nil, 0
	for _, e := range p.Entries {
		same, err := p.staged(dir, e)
		if err != nil {
			return nil, fmt.Errorf("compare the bundle in %s: %s: %w", dir, e.To, err)
		}
		if !same {
			part.Entries = append(part.Entries, e)
			part.Size += e.Size
		}
	}
	return &part, nil
}

// staged reports whether dir holds e as it would be written now.
func (p *Plan) staged(dir string, e Entry) (bool, error) {
	name := filepath.Join(dir, filepath.FromSlash(e.To))
	info, err := os.Lstat(name)
	switch {
	case err != nil:
		return false, nil // not there, or below what is no directory
	case e.Kind == KindDir:
		return info.IsDir(), nil
	case e.Link != "":
		target, err := os.Readlink(name)
		return err == nil && target == e.Link, nil
	case !info.Mode().IsRegular() || (e.Kind != KindCache && info.Size() != e.Size):
		return false, nil
	}
	have, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer have.Close()
	if e.Kind == KindCache {
		old, err := io.ReadAll(have)
		if err != nil {
			return false, err
		}
		both, err := mergeCaches(e.Content, old)
		return err == nil && bytes.Equal(both, old), nil
	}
	if e.From == "" {
		return equalContent(have, bytes.NewReader(e.Content))
	}
	want, err := p.host.FS.Open(rel(e.From))
	if err != nil {
		return false, err
	}
	defer want.Close()
	return equalContent(have, want)
}

func equalContent(a, b io.Reader) (bool, error) {
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, bufA)
		m, errB := io.ReadFull(b, bufB)
		if !bytes.Equal(bufA[:n], bufB[:m]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			end := func(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
			if end(errA) && end(errB) {
				return true, nil
			}
			return false, errors.Join(errA, errB)
		}
	}
}

// mergeCaches adds to a cache the names that only old has.
func mergeCaches(cache, old []byte) ([]byte, error) {
	entries, err := elfdeps.ReadCache(cache)
	if err != nil {
		return nil, err
	}
	theirs, err := elfdeps.ReadCache(old)
	if err != nil {
		return cache, nil // a damaged one serves nobody
	}
	have := map[string]bool{}
	for _, e := range entries {
		have[e.Soname] = true
	}
	for _, e := range theirs {
		if !have[e.Soname] {
			entries = append(entries, e)
		}
	}
	return elfdeps.EncodeCache(entries)
}

// With returns the plan together with what an earlier Stage wrote below dir, so that
// one directory can hold both: Ops lays several MapDirs over each other in no fixed
// order, and two loader caches would shadow each other. Where both have a path, the
// new plan's entry stays; it was made for an image with the earlier ones in it.
func (p *Plan) With(dir string) (*Plan, error) {
	all := *p
	all.Entries = slices.Clone(p.Entries)
	have := make(map[string]bool, len(p.Entries))
	for i, e := range all.Entries {
		have[e.To] = true
		if e.Kind != KindCache {
			continue
		}
		if old, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(e.To))); err == nil {
			both, err := mergeCaches(e.Content, old)
			if err != nil {
				return nil, fmt.Errorf("keep the bundle in %s: %w", dir, err)
			}
			all.Size += int64(len(both)) - e.Size
			all.Entries[i].Content, all.Entries[i].Size = both, int64(len(both))
		}
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
