package ops

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// What a run needs only while it lasts carries, in its name, who runs it: the process
// and its PID namespace (two containers may share a home directory). So a later run
// can tell what one that was killed outright has left behind.
//
//	nanodiag-4026531836-1234-9f86d081884c7d65
func ownName(random string) string {
	return strings.Join([]string{"nanodiag", pidNamespace(), strconv.Itoa(os.Getpid()), random}, "-")
}

// pidNamespace is the inode of this process's PID namespace; "0" where there is no
// telling.
func pidNamespace() string {
	link, err := os.Readlink("/proc/self/ns/pid") // "pid:[4026531836]"
	if err != nil {
		return "0"
	}
	_, id, ok := strings.Cut(strings.TrimSuffix(link, "]"), "[")
	if !ok {
		return "0"
	}
	return id
}

// orphaned reports whether the name is that of a process of this namespace that is no
// more. A process of the same number keeps it from being seen, until that one ends.
func orphaned(name string) bool {
	parts := strings.Split(name, "-")
	if len(parts) < 4 || parts[0] != "nanodiag" || parts[1] == "0" || parts[1] != pidNamespace() {
		return false
	}
	pid, err := strconv.Atoi(parts[2])
	return err == nil && pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// Sweep removes the images in home, the directory .ops, and the scratch directories
// below runs, the parent of run directories, that runs left behind which were killed
// outright. Images that QEMU still has open lose it first.
func Sweep(home, runs string) {
	entries, _ := os.ReadDir(filepath.Join(home, "images")) // none is as good as empty
	for _, e := range entries {
		if orphaned(e.Name()) {
			image := filepath.Join(home, "images", e.Name())
			endQEMU(image)
			_ = os.Remove(image)
		}
	}
	scratch, _ := filepath.Glob(filepath.Join(runs, "*", "tmp-*"))
	for _, dir := range scratch {
		if name, _ := strings.CutPrefix(filepath.Base(dir), "tmp-"); orphaned(name) {
			_ = os.RemoveAll(dir)
		}
	}
}
