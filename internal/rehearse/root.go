//go:build linux && amd64

package rehearse

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const procDir = "/proc"

// workDir is what everything is put together below. Every procfs has this directory,
// and no file of an image comes from there.
const workDir = procDir + "/fs"

// guestDir is the guest's root until it becomes "/".
const guestDir = workDir + "/guest"

// root is the guest's file tree.
type root struct {
	proc  *os.File        // a procfs that no path of the guest leads to
	bound map[string]bool // guest paths of files that are still the host's own
	notes []string

	console []string // what procfs shows of the descriptors that stand for the console

	base string    // the host's path of the guest's "/"; "" once that is this process's own
	rw   *rewriter // nil in a root of its own
}

// note records what this rehearsal cannot show, as a sentence.
func (r *root) note(text string) { r.notes = append(r.notes, text) }

// makeRoot builds the guest's tree in a tmpfs at guestDir. The mounts live in this
// process's mount namespace and end with it.
func makeRoot(p *plan) (*root, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("make mounts private: %w", err)
	}
	if p.OwnPids {
		if err := unix.Mount("proc", procDir, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
			return nil, fmt.Errorf("mount proc: %w", err)
		}
	}
	proc, err := os.Open(procDir)
	if err != nil {
		return nil, err
	}
	unix.Umask(0)
	if err := mountMemory(workDir); err != nil {
		return nil, err
	}
	if err := os.Mkdir(guestDir, modeAll); err != nil {
		return nil, err
	}
	if err := mountMemory(guestDir); err != nil {
		return nil, err
	}
	r := &root{proc: proc, bound: map[string]bool{}, base: guestDir}
	for _, e := range p.Entries {
		if err := r.add(e); err != nil {
			return nil, err
		}
	}
	for _, v := range p.Volumes {
		if err := r.addVolume(v); err != nil {
			return nil, err
		}
	}
	if err := r.protect(p); err != nil {
		return nil, err
	}
	// The tracer finds procfs as its working directory: no path from "/" leads there.
	return r, proc.Chdir()
}

func mountMemory(dir string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0777"); err != nil {
		return fmt.Errorf("mount tmpfs: %w", err)
	}
	return nil
}

// enter makes the guest's tree the root of this process too, and lets go of the
// host's. That cannot be done before the program runs: until then this program's own
// file is needed, with the libraries it may be linked with. The old root is stacked
// on the new one for a moment, so that it needs no directory of its own
// (pivot_root(2), "pivot_root(".", ".")").
func (r *root) enter() error {
	if err := os.Chdir(guestDir); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the host's root: %w", err)
	}
	r.base = ""
	r.findConsole()
	return r.proc.Chdir()
}

// findConsole notes what this process's own output is: the program has the same.
func (r *root) findConsole() {
	for _, fd := range []string{"fd/1", "fd/2"} {
		if target, err := r.procLink(os.Getpid(), fd); err == nil && target != os.DevNull {
			r.console = append(r.console, target)
		}
	}
}

const modeAll = 0o777 // Nanos shows and grants every permission on every file

func (r *root) add(e entry) error {
	to := r.base + e.Path
	err := r.create(e, to)
	if errors.Is(err, fs.ErrNotExist) {
		// Only Nanos's own files lack entries for the directories above them.
		if err := os.MkdirAll(path.Dir(to), modeAll); err != nil {
			return err
		}
		err = r.create(e, to)
	}
	if err != nil {
		return fmt.Errorf("put %s into the root: %w", e.Path, err)
	}
	return nil
}

func (r *root) create(e entry, to string) error {
	switch e.Kind {
	case entryDir:
		if err := os.Mkdir(to, modeAll); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	case entryLink:
		return os.Symlink(e.Target, to)
	case entryContent:
		return os.WriteFile(to, e.Content, modeAll)
	case entryCopy:
		return copyFile(to, e.Host)
	}
	if r.rw != nil {
		return r.rw.stand(e.Path, to, e.Host)
	}
	fd, err := unix.Open(to, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, modeAll)
	if err != nil {
		return err
	}
	unix.Close(fd)
	if err := unix.Mount(e.Host, to, "", unix.MS_BIND, ""); err != nil {
		return copyFile(to, e.Host)
	}
	r.bound[e.Path] = true
	return nil
}

// copyFile copies with plain reads and writes: an image can have thousands of small
// files, for which package os's search for a cleverer way costs more than the copy.
func copyFile(to, from string) error {
	src, err := unix.Open(from, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(src)
	dst, err := unix.Open(to, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, modeAll)
	if err != nil {
		return err
	}
	defer unix.Close(dst)
	buf := make([]byte, copyLimit+1) // one read shows that a small file ends
	for {
		n, err := unix.Read(src, buf)
		if n <= 0 {
			return err
		}
		if m, err := unix.Write(dst, buf[:n]); err != nil || m < n {
			return cmp.Or(err, error(unix.ENOSPC))
		}
		if n < len(buf) {
			return nil
		}
	}
}

// protect makes every bind mount read-only and leaves the root and the volumes
// writable. A device node can be written on a read-only mount.
func (r *root) protect(p *plan) error {
	all := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID}
	if err := unix.MountSetattr(unix.AT_FDCWD, guestDir, unix.AT_RECURSIVE, &all); err != nil {
		return fmt.Errorf("make the host's files read-only: %w", err)
	}
	writable := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, guestDir, 0, &writable); err != nil {
		return fmt.Errorf("make the root writable: %w", err)
	}
	for _, v := range p.Volumes {
		// One that is no mount is a copy, which is writable as the root is.
		_ = unix.MountSetattr(unix.AT_FDCWD, guestDir+v.Guest, 0, &writable)
	}
	if p.Free == 0 {
		return nil
	}
	return r.limitSize(max(p.Free, 0))
}

// limitSize lets the program write so many bytes (free) to the root. The file that
// shows its mappings is written by others, so it goes elsewhere.
func (r *root) limitSize(free int64) error {
	const maps = workDir + "/maps"
	if err := os.WriteFile(maps, nil, modeAll); err != nil {
		return err
	}
	if err := unix.Mount(maps, guestDir+mapsPath, "", unix.MS_BIND, ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("mount %s: %w", mapsPath, err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(guestDir, &st); err != nil {
		return fmt.Errorf("measure the root: %w", err)
	}
	used := int64(st.Blocks-st.Bfree) * st.Bsize
	opts := fmt.Sprintf("size=%d,mode=0777", max(used+free, pageSize)) // 0 would be no limit
	if err := unix.Mount("", guestDir, "", unix.MS_REMOUNT|unix.MS_NOSUID|unix.MS_NODEV, opts); err != nil {
		r.note("the size of the image's disk was not imitated: " + err.Error())
	}
	return nil
}

// ownCopy replaces the host's file at a guest path by a copy, so that the program
// can write to it, rename it or remove it as it can in the guest.
func (r *root) ownCopy(p string) error {
	if !r.bound[p] {
		return nil
	}
	delete(r.bound, p)
	src, err := os.Open(p)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := unix.Unmount(p, unix.MNT_DETACH); err != nil {
		return err
	}
	dst, err := os.OpenFile(p, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	defer dst.Close()
	_, err = io.Copy(dst, src)
	return err
}

// boundPath resolves a guest path and says whether the host's own file lies there.
func (r *root) boundPath(p string) (string, bool) {
	if real, err := filepath.EvalSymlinks(p); err == nil {
		p = real
	}
	return p, r.bound[p] && !strings.HasPrefix(p, "/dev/")
}
