//go:build linux && amd64

package rehearse

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// volumeCopyLimit is how much of a volume (bytes) is copied into memory where the
// kernel cannot lay a writable layer over the host's directory (overlayfs in a user
// namespace needs Linux 5.11).
const volumeCopyLimit = 256 << 20

// addVolume makes a host directory, or an empty one, visible and writable at its mount
// point, while the host's own files stay as they are. What is written there takes no
// room on the root. Nanos mounts a volume over what the image
// has there, and makes the directory where it is missing.
func (r *root) addVolume(v volume) error {
	to := guestDir + v.Guest
	if err := os.MkdirAll(to, modeAll); err != nil {
		return fmt.Errorf("make mount point %s: %w", v.Guest, err)
	}
	if v.Host == "" {
		return mountMemory(to)
	}
	if overlay(v.Host, to) == nil {
		return nil
	}
	if err := mountMemory(to); err != nil {
		return fmt.Errorf("make volume %s: %w", v.Guest, err)
	}
	err := copyTree(to, v.Host, volumeCopyLimit, nil)
	if !errors.Is(err, errTooBig) {
		return err
	}
	if err := unix.Unmount(to, unix.MNT_DETACH); err != nil {
		return err
	}
	if err := unix.Mount(v.Host, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount volume %s: %w", v.Guest, err)
	}
	r.notes = append(r.notes, fmt.Sprintf("the volume at %s could only be read: it is larger than %d MB, and this kernel has no overlayfs for it",
		v.Guest, volumeCopyLimit>>20))
	return nil
}

// overlay lays a layer in memory over host. The layer's own directory is let go of
// at once: overlayfs keeps what it needs.
func overlay(host, to string) error {
	scratch, err := os.MkdirTemp(workDir, "volume-")
	if err != nil {
		return err
	}
	defer os.Remove(scratch)
	if err := mountMemory(scratch); err != nil {
		return err
	}
	defer unix.Unmount(scratch, unix.MNT_DETACH)
	for _, d := range []string{"upper", "work"} {
		if err := os.Mkdir(filepath.Join(scratch, d), modeAll); err != nil {
			return err
		}
	}
	opts := fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work", escapeOption(host), scratch, scratch)
	if unix.Mount("overlay", to, "overlay", unix.MS_NOSUID|unix.MS_NODEV, opts+",userxattr") == nil {
		return nil
	}
	return unix.Mount("overlay", to, "overlay", unix.MS_NOSUID|unix.MS_NODEV, opts)
}

// escapeOption quotes what separates layers and options in overlayfs's mount data.
func escapeOption(s string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`, ",", `\,`).Replace(s)
}

var errTooBig = errors.New("too big to copy")

// noLimit is for a copyTree of any size.
const noLimit = math.MaxInt64

// copyTree copies directories, links and regular files; the total is bounded (bytes).
// What skip names, by its path below from, stays out.
func copyTree(to, from string, limit int64, skip func(name string) bool) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil || rel == "." {
			return err
		}
		dst := filepath.Join(to, rel)
		switch {
		case skip != nil && skip("/"+rel):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			return os.Mkdir(dst, modeAll)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(target, dst)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			if !info.Mode().IsRegular() {
				return nil // a device is mounted on it, which the directory does not tell
			}
			if limit -= stored(info); limit < 0 {
				return errTooBig
			}
			if stored(info) < info.Size() {
				return copySparse(dst, name, info.Size())
			}
			return copyFile(dst, name)
		}
		return nil
	})
}

// stored is what a file takes on its file system (bytes), without its holes.
func stored(info fs.FileInfo) int64 {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return info.Size()
	}
	const block = 512 // st_blocks counts these whatever the file system (stat(2))
	return min(st.Blocks*block, info.Size())
}

// copySparse copies a file's data and leaves its holes (lseek(2), SEEK_DATA).
func copySparse(to, from string, size int64) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, modeAll)
	if err != nil {
		return err
	}
	defer dst.Close()
	for end := int64(0); ; {
		start, err := src.Seek(end, unix.SEEK_DATA)
		if errors.Is(err, syscall.ENXIO) { // nothing but a hole is left
			return dst.Truncate(size)
		}
		if err != nil {
			return err
		}
		if end, err = src.Seek(start, unix.SEEK_HOLE); err != nil {
			return err
		}
		if _, err := src.Seek(start, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(io.NewOffsetWriter(dst, start), io.LimitReader(src, end-start)); err != nil {
			return err
		}
	}
}
