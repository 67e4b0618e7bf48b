package ops

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// VolumeKind says what stands behind a mount.
type VolumeKind string

// The kinds of mount.
const (
	VolumeImage   VolumeKind = "volume"  // a raw volume of `ops volume create`; its content is not listed
	VolumeShare   VolumeKind = "share"   // a host directory, shared through virtfs
	VolumeMissing VolumeKind = "missing" // neither: QEMU or Ops refuses
)

// VolumeInfo is one mount of the config or of --mounts.
type VolumeInfo struct {
	Label     string // volume label or uuid, or a host directory
	Path      string // mount point in the guest
	Options   string // what follows a second colon, such as "ro"
	Kind      VolumeKind
	File      string // raw image of a VolumeImage
	Size      int64  // bytes of the raw image: the most that fits
	HostDir   string // of a VolumeShare
	Ambiguous bool   // several volumes have this label: Ops stops
}

// Volumes lists the mounts in order of their labels.
func Volumes(p Project) []VolumeInfo {
	e, _ := p.config().ApplyFlags(p.Flags)
	var out []VolumeInfo
	for _, label := range slices.Sorted(maps.Keys(e.Mounts)) {
		out = append(out, p.volume(e, label))
	}
	return out
}

func (p Project) volume(e *Config, label string) VolumeInfo {
	dir, options, _ := strings.Cut(e.Mounts[label], ":")
	v := VolumeInfo{Label: label, Path: path.Clean("/" + dir), Options: options, Kind: VolumeMissing}
	for _, f := range p.volumeFiles() {
		name, id, ok := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".raw"), ":")
		if !ok || (name != label && id != label) {
			continue
		}
		v.Ambiguous = v.Kind == VolumeImage
		v.Kind, v.File = VolumeImage, f
		if info, err := os.Stat(f); err == nil {
			v.Size = info.Size()
		}
	}
	if v.Kind == VolumeImage {
		return v
	}
	host := label
	if !filepath.IsAbs(label) {
		base, err := p.configDir()
		if err != nil {
			return v
		}
		host = filepath.Join(base, label)
	}
	if info, err := os.Stat(host); err == nil && info.IsDir() {
		v.Kind, v.HostDir = VolumeShare, host
	}
	return v
}

// volumeFiles are the raw volumes of OPS home, named LABEL:UUID.raw.
func (p Project) volumeFiles() []string {
	if p.Home == "" {
		return nil
	}
	dir := filepath.Join(p.Home, "volumes")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

// maxShare bounds how many entries of a shared directory are listed: a share may be
// a whole data set.
const maxShare = 100_000

// mounts adds the mount points, and what a shared directory shows there.
func (b *builder) mounts() {
	for _, label := range slices.Sorted(maps.Keys(b.cfg.Mounts)) {
		v := b.p.volume(b.cfg, label)
		keys := []string{"Mounts", label}
		origin := fmt.Sprintf("Mounts[%q]", label)
		if v.Path != "/" {
			b.put(v.Path, guestfs.Node{Mode: fs.ModeDir | 0o755, Origin: origin}, keys...)
		}
		switch {
		case v.Ambiguous:
			b.problem(Error, "ops.volume-not-found", label, fmt.Sprintf("several volumes are labelled %s; Ops stops", label),
				"mount it by its uuid (ops volume list)", keys...)
		case v.Kind == VolumeMissing:
			b.problem(Error, "ops.volume-not-found", label,
				fmt.Sprintf("%s is neither a volume nor a directory beside the config", label),
				fmt.Sprintf("create it: ops volume create %s -s SIZE -d DIR", label), keys...)
		case v.Kind == VolumeShare:
			b.share(v, origin, keys)
		}
	}
}

func (b *builder) share(v VolumeInfo, origin string, keys []string) {
	n := 0
	errFull := fmt.Errorf("more than %d entries", maxShare)
	err := filepath.Walk(v.HostDir, func(host string, info fs.FileInfo, err error) error {
		if err != nil {
			return nil // QEMU shows what it can read
		}
		rel, err := filepath.Rel(v.HostDir, host)
		if err != nil || rel == "." {
			return err
		}
		if n++; n > maxShare {
			return errFull
		}
		name := path.Join(v.Path, rel)
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(host)
			if err == nil {
				b.put(name, guestfs.Node{Mode: fs.ModeSymlink | 0o777, Target: target, Size: int64(len(target)), Origin: origin}, keys...)
			}
		case info.IsDir():
			b.put(name, guestfs.Node{Mode: fs.ModeDir | info.Mode().Perm(), Origin: origin}, keys...)
		default:
			b.put(name, guestfs.Node{Mode: info.Mode().Perm(), Host: host, Size: info.Size(), Origin: origin}, keys...)
		}
		return nil
	})
	if err != nil {
		b.problem(Note, "ops.other", v.Label, fmt.Sprintf("the shared directory %s has %v; the rest is not listed", v.HostDir, err), "", keys...)
	}
}
