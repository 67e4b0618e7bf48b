package loop

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// roomMargin is added to what the native run wrote: file systems need some themselves.
const roomMargin = 16 << 20 // bytes

// roomFix gives the image the room that the native run used, with a quarter more; where
// that was given already, or is not known, four times what there is.
func (s *session) roomFix(d *draft, view *guestfs.Tree) (string, []ops.PatchOp, error) {
	p := d.base
	if len(bytes.TrimSpace(d.work)) > 0 { // a fix of an earlier round counts
		var err error
		if p, err = d.project(); err != nil {
			return "", nil, err
		}
	}
	e, _ := p.Config.ApplyFlags(p.Flags)
	has := volumeBytes(e.BaseVolumeSz)
	const most = "1024g"
	want, why := max(int64(1<<30), 4*has), ""
	if s.nat != nil && s.opt.NativeLog == "" {
		wrote := s.nat.Facts.Room("/")
		for _, v := range ops.Volumes(p) {
			wrote -= s.nat.Facts.Room(v.Path)
		}
		used := volumeBytes(most) - freeSpace(view, ops.Volumes(p), most)
		if d.plan != nil {
			used += d.plan.Size
		}
		if n := used + wrote*5/4 + roomMargin; wrote > 0 && n > has {
			want, why = n, fmt.Sprintf(": natively %s were written", report.Size(wrote))
		}
	}
	text := fmt.Sprintf("%dm", (want+1<<20-1)>>20)
	ptr, _ := p.Config.Pointer("BaseVolumeSz")
	return "giving the image " + text + why, []ops.PatchOp{{Op: "add", Path: ptr, Value: text}}, nil
}

// otherBuilds maps again what the image has from another place than the native run,
// where MapDirs brings it:
//
//	"MapDirs": {"old/*": "/plugins"}      natively plugins/libsnark.so was loaded
func (s *session) otherBuilds(d *draft, view *guestfs.Tree) (string, error) {
	p := s.opt.Project
	if s.nat == nil || p.Config.Source == "" {
		return "", nil
	}
	base := filepath.Dir(p.Config.Source)
	if !filepath.IsAbs(base) {
		base = filepath.Join(p.Cwd, base)
	}
	_, _, dir := nativeRoot(p)
	moves := map[string]string{} // MapDirs key: its better one
	for _, l := range s.nat.Libs {
		guest := l.Path
		if rel, err := filepath.Rel(dir, l.Path); err == nil && filepath.IsLocal(rel) {
			guest = "/" + rel
		}
		_, n, err := view.Resolve(guest)
		if err != nil || !n.Mode.IsRegular() || sameContent(n.Host, l.Real) {
			continue
		}
		key := mapKey(p.Config, n.Origin)
		rel, err := filepath.Rel(base, filepath.Dir(l.Path))
		if key == "" || err != nil || rel == "." {
			continue
		}
		to := rel + "/" + path.Base(key)
		if old, twice := moves[key]; twice && old != to {
			return "", nil
		}
		moves[key] = to
	}
	var patch []ops.PatchOp
	var words []string
	for _, key := range slices.Sorted(maps.Keys(moves)) {
		from, _ := p.Config.Pointer("MapDirs", key)
		to, taken := p.Config.Pointer("MapDirs", moves[key])
		if taken {
			return "", nil
		}
		patch = append(patch, ops.PatchOp{Op: "remove", Path: from}, ops.PatchOp{Op: "add", Path: to, Value: p.Config.MapDirs[key]})
		words = append(words, fmt.Sprintf("mapping %s, which the native run loads, in place of %s", moves[key], key))
	}
	if len(patch) == 0 || d.tried["builds"] {
		return "", nil
	}
	d.tried["builds"] = true
	_, err := d.edit(patch)
	return strings.Join(words, ", "), err
}

// mapKey is the MapDirs key that an entry of the image comes from, "" where none is.
func mapKey(c *ops.Config, origin string) string {
	for key := range c.MapDirs {
		if origin == fmt.Sprintf("MapDirs[%q]", key) {
			return key
		}
	}
	return ""
}

// sameContent reports whether two files hold the same; an unreadable one counts as so.
func sameContent(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return true
	}
	y, err := os.Stat(b)
	if err != nil || os.SameFile(x, y) {
		return true
	}
	if x.Size() != y.Size() {
		return false
	}
	p, err := os.ReadFile(a)
	if err != nil {
		return true
	}
	q, err := os.ReadFile(b)
	return err != nil || bytes.Equal(p, q)
}

// realProgram names the program by its real path: beside a link to it lies nothing of
// what lies beside it.
func (s *session) realProgram(d *draft) (string, error) {
	p := s.opt.Project
	real, err := filepath.EvalSymlinks(p.HostProgram())
	if err != nil || p.Config.Program != "" || p.Flags.TargetRoot != "" || p.Config.TargetRoot != "" || d.tried["real"] {
		return "", nil
	}
	if l, err := os.Lstat(p.HostProgram()); err != nil || l.Mode()&os.ModeSymlink == 0 {
		return "", nil
	}
	d.tried["real"] = true
	name := real
	if rel, err := filepath.Rel(p.Cwd, real); err == nil && filepath.IsLocal(rel) {
		name = "./" + rel
	}
	_, err = d.edit([]ops.PatchOp{{Op: "add", Path: "/Program", Value: name}})
	return "naming the program by its real path " + name, err
}
