package ops

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// machine checks what the config asks of the image and of the virtual machine against
// what there is: files that it names, memory, room.
func (b *builder) machine() {
	for _, f := range []struct{ key, file, does string }{
		{"Kernel", b.cfg.Kernel, "stops"},
		{"Boot", b.cfg.Boot, "stops"},
	} {
		if f.file == "" {
			continue
		}
		if info, err := os.Stat(b.host(f.file)); err != nil {
			b.problem(Error, "ops.kernel-not-available", f.file, fmt.Sprintf("%s names %s, which is not there (%s): Ops %s", f.key, f.file, reason(err), f.does),
				"remove the key to use the release in OPS home, or correct the path; it is relative to the working directory", f.key)
		} else if info.IsDir() {
			b.problem(Error, "ops.kernel-not-available", f.file, fmt.Sprintf("%s names the directory %s: Ops %s", f.key, f.file, f.does),
				"name the file in it", f.key)
		}
	}
	if dir := b.cfg.KlibDir; dir != "" && len(b.cfg.Klibs) > 0 {
		if info, err := os.Stat(b.host(dir)); err != nil || !info.IsDir() {
			b.problem(Warning, "ops.klib-not-found", dir, fmt.Sprintf("KlibDir names %s, which is no directory: Ops leaves the klibs out", dir),
				"remove the key to use the klibs of the release", "KlibDir")
		}
	}
	b.memory()
	b.room()
}

// memory compares the guest's memory with this host's.
func (b *builder) memory() {
	want := memoryBytes(b.cfg.RunConfig.Memory)
	var si syscall.Sysinfo_t
	if want == 0 || syscall.Sysinfo(&si) != nil {
		return
	}
	has := (int64(si.Totalram) + int64(si.Totalswap)) * int64(si.Unit)
	if want > has {
		b.problem(Warning, "ops.host-memory", b.cfg.RunConfig.Memory,
			fmt.Sprintf("the guest is to have %s of memory, and this host has %d MiB: QEMU does not start", b.cfg.RunConfig.Memory, has>>20),
			"ask for less, or run it on a larger host", "RunConfig", "Memory")
	}
}

// room compares the image's size with what is in it: Ops makes the image as large as
// it must be when BaseVolumeSz is less, with no room to write.
func (b *builder) room() {
	size := sizeBytes(b.cfg.BaseVolumeSz)
	if size == 0 {
		return
	}
	used := int64(0)
	_ = b.tree.Walk(func(_ string, n guestfs.Node) error {
		if n.Mode.IsRegular() && !strings.HasPrefix(n.Origin, "Mounts[") {
			used += n.Size
		}
		return nil
	})
	if size <= used {
		b.problem(Warning, "ops.config-value", b.cfg.BaseVolumeSz,
			fmt.Sprintf("BaseVolumeSz %s is less than the %d KiB of files in the image: it has no effect, and no room to write is left", b.cfg.BaseVolumeSz, used>>10),
			fmt.Sprintf("write %q or more", fmt.Sprintf("%dm", used>>20+64)), "BaseVolumeSz")
	}
}

// memoryBytes reads a size as QEMU's -m does: a bare number is MiB. 0 when it is none.
func memoryBytes(s string) int64 {
	if isDigits(s) {
		s += "m"
	}
	return sizeBytes(s)
}

// sizeBytes reads a number with k, m, g or t; without one it is bytes. 0 when it is no
// size, or more than an int64 holds.
func sizeBytes(s string) int64 {
	shift := 0
	if s != "" {
		if i := strings.IndexByte("kmgt", s[len(s)-1]|0x20); i >= 0 && !isDigits(s[len(s)-1:]) {
			shift, s = 10*(i+1), s[:len(s)-1]
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || n*float64(int64(1)<<shift) >= 1<<63 {
		return 0
	}
	return int64(n * float64(int64(1)<<shift))
}
