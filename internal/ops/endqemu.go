package ops

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// endQEMU kills every QEMU that has the image open and waits until it is gone. Ops
// starts QEMU in a process group of its own and leaves it running when it is itself
// killed; the image's name belongs to one run, so the command line is proof enough.
func endQEMU(image string) {
	const patience = 5 * time.Second // a QEMU in an uninterruptible read of a slow disk
	for limit := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		pids := usersOf(image)
		if len(pids) == 0 || time.Now().After(limit) {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// usersOf lists the processes, zombies aside, that name the image as a drive.
func usersOf(image string) []int {
	want := []byte("file=" + image + ",")
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil
	}
	var pids []int
	for _, l := range lines {
		b, err := os.ReadFile(l) // empty for zombies
		if err != nil || !bytes.Contains(b, want) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(l))); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}
