//go:build linux && (amd64 || arm64)

package strace

import (
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// privateNamespaces asks for a mount namespace of the program's own, and where this
// process may not make one, for a user namespace in which it may: there the program
// runs as root, with this user's rights.
func privateNamespaces(sys *syscall.SysProcAttr) {
	sys.Cloneflags |= syscall.CLONE_NEWNS
	if mayFilterWithPrivileges() { // CAP_SYS_ADMIN
		return
	}
	sys.Cloneflags |= syscall.CLONE_NEWUSER
	sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
}

// kernelDirs are what a container image or a debootstrap tree has as empty directories.
var kernelDirs = [...]string{"proc", "dev", "sys"}

// mountKernelDirs shows the caller's /proc, /dev and /sys below root, to this mount
// namespace alone. A root that lacks one of them goes without.
func mountKernelDirs(root string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for _, d := range kernelDirs {
		at := filepath.Join(root, d)
		if info, err := os.Lstat(at); err != nil || !info.IsDir() {
			continue
		}
		if err := unix.Mount("/"+d, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return err
		}
	}
	return nil
}
