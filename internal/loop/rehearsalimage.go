package loop

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
)

// Sizes of an image that Ops 0.1.x makes, in bytes, measured on Nanos 0.1.50, 0.1.53
// and 0.1.56.
const (
	imageBoot   = 12<<20 + 64<<10 // boot loader and boot partition
	imageOwn    = 512<<10 + 8<<10 // the file system's first log and its superblock
	imageLog    = 1 << 20         // what its log takes at the first write
	imageSector = 512
)

// freeSpace is what a program can write to the root of an image before ENOSPC, in the
// terms of rehearse.Spec.Free. An image without BaseVolumeSz is as large as what it
// holds, and the first write fails. What volumes hold takes no room there.
func freeSpace(view *guestfs.Tree, volumes []ops.VolumeInfo, baseVolume string) int64 {
	used := int64(imageBoot + imageOwn + imageLog)
	_ = view.Walk(func(name string, n guestfs.Node) error {
		mounted := slices.ContainsFunc(volumes, func(v ops.VolumeInfo) bool { return strings.HasPrefix(name, v.Path+"/") })
		if n.Mode.IsRegular() && !mounted {
			used += (n.Size + imageSector - 1) / imageSector * imageSector
		}
		return nil
	})
	if free := volumeBytes(baseVolume) - used; free > 0 {
		return free
	}
	return -1
}

// volumeBytes reads a size as Ops does: a number with k, m or g, else it is ignored.
func volumeBytes(s string) int64 {
	shift := 0
	switch {
	case s == "":
		return 0
	case strings.ContainsAny(s[len(s)-1:], "kK"):
		shift = 10
	case strings.ContainsAny(s[len(s)-1:], "mM"):
		shift = 20
	case strings.ContainsAny(s[len(s)-1:], "gG"):
		shift = 30
	}
	if shift > 0 {
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return n << shift
}

// headerRead is how much of a library glibc's loader reads at first (bytes).
const headerRead = 832

// withReads adds what a rehearsal does not stop at, and a trace of Nanos shows: that
// the loader reads the header of a library, and closes it again when it is for
// another machine or cut off.
//
//	openat("./libfft.so") = 3
//	read(3, …, 832) = 832
//	close(3) = 0
func withReads(events []strace.Event, view *guestfs.Tree) []strace.Event {
	var out []strace.Event
	for i, e := range events {
		if out != nil {
			out = append(out, e)
		}
		if !e.OK() || (e.Name != "openat" && e.Name != "open") || !strings.Contains(path.Base(e.Abs), ".so") {
			continue
		}
		size, refused := refusedByLoader(view, e.Abs)
		if !refused {
			continue
		}
		if out == nil {
			out = append(make([]strace.Event, 0, len(events)+2), events[:i+1]...)
		}
		read, shut := e, e
		fd := strconv.FormatInt(e.Ret, 10)
		read.Name, read.Path, read.Abs, read.Flags, read.Args, read.Ret, read.State = "read", "", "", 0, fd, min(size, headerRead), strace.Predicted
		shut.Name, shut.Path, shut.Abs, shut.Flags, shut.Args, shut.Ret, shut.State = "close", "", "", 0, fd, 0, strace.Predicted
		out = append(out, read, shut)
	}
	if out == nil {
		return events
	}
	return out
}

// refusedByLoader reports whether a file of the image is no library for x86-64, and
// its size.
func refusedByLoader(view *guestfs.Tree, name string) (size int64, refused bool) {
	real, n, err := view.Resolve(name)
	if err != nil || !n.Mode.IsRegular() {
		return 0, false
	}
	f, err := view.Open(strings.TrimPrefix(real, "/"))
	if err != nil {
		return 0, false
	}
	defer f.Close()
	var h [20]byte
	if _, err := io.ReadFull(f, h[:]); err != nil || n.Size < headerRead {
		return n.Size, true
	}
	machine := elf.Machine(binary.LittleEndian.Uint16(h[18:]))
	return n.Size, string(h[:4]) == elf.ELFMAG && (machine != elf.EM_X86_64 || elf.Class(h[4]) != elf.ELFCLASS64)
}
