//go:build linux && (amd64 || arm64)

package strace

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// encodeMounts makes one argument of them. NUL cannot be in an argument, nor a newline
// in most paths; one that has it is refused.
func encodeMounts(mounts []Mount) (string, error) {
	var b strings.Builder
	for _, m := range mounts {
		if !path.IsAbs(m.Host) || !path.IsAbs(m.Guest) || path.Clean(m.Guest) == "/" || strings.Contains(m.Host+m.Guest, "\n") {
			return "", fmt.Errorf("mount %q at %q: both must be absolute paths, and the second not /", m.Host, m.Guest)
		}
		mode := "w"
		if m.ReadOnly {
			mode = "r"
		}
		fmt.Fprintf(&b, "%s%s\n%s\n", mode, path.Clean(m.Host), path.Clean(m.Guest))
	}
	return b.String(), nil
}

func decodeMounts(text string) []Mount {
	lines := strings.Split(text, "\n")
	var mounts []Mount
	for i := 0; i+1 < len(lines) && lines[i] != ""; i += 2 {
		mounts = append(mounts, Mount{Host: lines[i][1:], Guest: lines[i+1], ReadOnly: lines[i][0] == 'r'})
	}
	return mounts
}

// mountAll makes the mounts below root, "" for the host's own, in this process's mount
// namespace. stage is an empty directory, for a mount point missing in "/" itself.
func mountAll(mounts []Mount, root, stage string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return &os.PathError{Op: "mount", Path: "/", Err: err}
	}
	// A mirror made for one mount must not hide what another one shows.
	hosts := make([]int, len(mounts))
	for i, m := range mounts {
		fd, err := unix.Open(m.Host, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return &os.PathError{Op: "open", Path: m.Host, Err: err}
		}
		defer unix.Close(fd)
		hosts[i] = fd
	}
	base := root
	for i, m := range mounts {
		guest, err := realGuest(base, m.Guest)
		if err != nil {
			return err
		}
		if base, err = makeMountPoint(base, guest, stage); err != nil {
			return err
		}
		to := base + guest
		if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", hosts[i]), to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return &os.PathError{Op: "mount", Path: to, Err: err}
		}
		if !m.ReadOnly {
			continue
		}
		if err := remountReadOnly(to); err != nil {
			return &os.PathError{Op: "mount read-only", Path: to, Err: err}
		}
	}
	if base != root {
		return enterMirror(base)
	}
	return nil
}

// remountReadOnly includes what is mounted below, from Linux 5.12 on. It keeps the flags
// that a user namespace may not take away.
func remountReadOnly(to string) error {
	err := unix.MountSetattr(unix.AT_FDCWD, to, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if err == nil {
		return nil
	}
	var st unix.Statfs_t
	if err := unix.Statfs(to, &st); err != nil {
		return err
	}
	keep := uintptr(st.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
	if st.Flags&unix.ST_RELATIME != 0 {
		keep |= unix.MS_RELATIME
	}
	return unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|keep, "")
}

// maxLinks is how many symbolic links the kernel follows in one path.
const maxLinks = 40

// realGuest follows the symbolic links of guest as the program will, whose root is base.
// What is missing stays as it is named.
func realGuest(base, guest string) (string, error) {
	real, todo := "/", guest
	for links := 0; todo != ""; {
		var name string
		name, todo, _ = strings.Cut(strings.TrimLeft(todo, "/"), "/")
		next := path.Join(real, name) // ".." included, as real has no links
		target, err := os.Readlink(base + next)
		if err != nil {
			real = next
			continue
		}
		if links++; links > maxLinks {
			return "", &os.PathError{Op: "mount", Path: guest, Err: unix.ELOOP}
		}
		if path.IsAbs(target) {
			real = "/"
		}
		todo = target + "/" + todo
	}
	if real == "/" {
		return "", &os.PathError{Op: "mount", Path: guest, Err: unix.EINVAL}
	}
	return real, nil
}

// makeMountPoint makes the directory guest below base without a change to the host: a
// mirror in memory takes the place of the nearest directory that exists, with all that
// is in it, and has the missing one besides. For "/" that is stage, where base lies
// from then on.
func makeMountPoint(base, guest, stage string) (string, error) {
	if info, err := os.Stat(base + guest); err == nil && info.IsDir() {
		return base, nil
	}
	at := path.Dir(guest)
	for at != "/" {
		if info, err := os.Stat(base + at); err == nil && info.IsDir() {
			break
		}
		at = path.Dir(at)
	}
	from, to := base+at, base+at
	if base == "" && at == "/" {
		to, base = stage, stage
	}
	var err error
	if from != stage+"/" { // it is a mirror already
		err = mirror(from, to)
	}
	if err == nil {
		err = os.MkdirAll(base+guest, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("make the mount point %s: %w", guest, err)
	}
	return base, nil
}

// mirror mounts a directory in memory at to that shows what is in from.
func mirror(from, to string) error {
	dir, err := unix.Open(from, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.ErrUnsupported
	}
	data := fmt.Sprintf("mode=%o", st.Mode&0o7777)
	if err := unix.Mount("nanodiag", to, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, data); err != nil {
		return err
	}
	_ = unix.Chown(to, int(st.Uid), int(st.Gid))       // refused in a user namespace, unless it is the user's own
	_ = unix.Mount("", to, "", unix.MS_UNBINDABLE, "") // what is bound below may contain it
	for _, e := range entries {
		source, target := fmt.Sprintf("/proc/self/fd/%d/%s", dir, e.Name()), filepath.Join(to, e.Name())
		switch {
		case e.Type()&os.ModeSymlink != 0:
			var link string
			if link, err = os.Readlink(source); err == nil {
				err = os.Symlink(link, target)
			}
		case e.IsDir():
			if err = os.Mkdir(target, 0o755); err == nil {
				err = unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
			}
		default:
			if err = os.WriteFile(target, nil, 0o644); err == nil {
				err = unix.Mount(source, target, "", unix.MS_BIND, "")
			}
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) { // gone since it was listed
			return fmt.Errorf("show %s: %w", filepath.Join(from, e.Name()), err)
		}
	}
	return nil
}

// enterMirror makes stage the root directory of this mount namespace.
func enterMirror(stage string) error {
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := unix.Chdir(stage); err != nil {
		return err
	}
	// The old root is mounted over the new one for a moment (pivot_root(2), NOTES).
	if err := unix.PivotRoot(".", "."); err != nil {
		return &os.PathError{Op: "pivot_root", Path: stage, Err: err}
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	return unix.Chdir(cwd)
}

// ownMounts asks for a mount namespace of the program's own. A caller who may not make
// one gets a user namespace for it, in which nobody but the shim has privileges: the
// program runs as the same user, with the same rights.
func ownMounts(sys *syscall.SysProcAttr) {
	sys.Cloneflags |= syscall.CLONE_NEWNS
	if mayFilterWithPrivileges() { // CAP_SYS_ADMIN
		return
	}
	sys.Cloneflags |= syscall.CLONE_NEWUSER
	sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	sys.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
}
