package nanos

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Kind is the type of a file that Nanos serves.
type Kind string

// The kinds of special files. A Device has no content of its own.
const (
	KindFile   Kind = "file"
	KindDir    Kind = "dir"
	KindLink   Kind = "link"
	KindDevice Kind = "device"
)

// SpecialFile is a file that the kernel, not the image, serves.
type SpecialFile struct {
	Path    string // absolute
	Kind    Kind
	Content []byte // of a KindFile, for a guest with one vCPU; nil when it is made while running
	Klib    string // the klib that serves it; "" for the kernel itself
}

type special struct {
	SpecialFile
	since string
}

// shapes says what the data does not: what kind of file each path is. A path that is
// absent here is a file made while running.
var shapes = map[string]SpecialFile{
	"/dev/null":                      {Kind: KindDevice},
	"/dev/urandom":                   {Kind: KindDevice},
	"/dev/net/tun":                   {Kind: KindDevice},
	"/proc/self/exe":                 {Kind: KindLink},
	"/proc/mounts":                   {Kind: KindFile, Content: []byte("root / tfs rw 0 0\n")},
	"/sys/devices/system/cpu/online": {Kind: KindFile, Content: []byte("0-0\n")},
	"/sys/devices/system/cpu/cpu0":   {Kind: KindDir},
}

// parseSpecial reads the two lists of the data. Their values look like
//
//	"all (symlink to the program)"   "0.1.40+"   "klib special_files (0.1.48+)"
func parseSpecial(kernel, klib map[string]string) ([]special, error) {
	var out []special
	for _, list := range []map[string]string{kernel, klib} {
		for p, text := range list {
			s := special{SpecialFile: shapes[p]}
			if s.Kind == "" {
				s.Kind = KindFile
			}
			s.Path = p
			words := strings.Fields(text)
			if len(words) > 1 && words[0] == "klib" {
				s.Klib = words[1]
				words = words[2:]
			}
			if len(words) > 0 {
				if v, ok := strings.CutSuffix(strings.Trim(words[0], "()"), "+"); ok && Valid(v) {
					s.since = v
				}
			}
			out = append(out, s)
		}
	}
	for _, s := range out {
		if s.since == "" && s.Klib == "" && !strings.HasPrefix(kernel[s.Path], "all") {
			return nil, fmt.Errorf("read facts about Nanos: %s has unknown versions %q", s.Path, kernel[s.Path])
		}
	}
	slices.SortFunc(out, func(a, b special) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// SpecialFiles lists what a version serves itself, in the order of the paths; the
// entries with a Klib only when the image holds that klib. The directories above
// them exist too. /proc/self/exe links to the program.
func (t *Table) SpecialFiles(version string) []SpecialFile {
	v := t.versions[t.index(version)]
	var out []SpecialFile
	for _, s := range t.special {
		if s.since == "" || Compare(s.since, v) <= 0 {
			out = append(out, s.SpecialFile)
		}
	}
	return out
}

// Registers reports whether the kernel itself serves p in this version. Such a path
// must not be in the image: register_special_files asserts, and the guest does not
// boot. A klib's files do not count.
func (t *Table) Registers(p, version string) bool {
	p = path.Clean("/" + p)
	return slices.ContainsFunc(t.SpecialFiles(version), func(s SpecialFile) bool {
		return s.Path == p && s.Klib == ""
	})
}

// lowMemory is the size (bytes) below which the kernel keeps little for itself: 64 MB
// (LOW_MEMORY_THRESHOLD) besides what is not its own to manage.
const lowMemory = 64<<20 + unmanaged

// unmanaged is what /proc/meminfo's total lacks at any size of a guest (bytes).
const unmanaged = 3892 << 10

// KernelMemory is what the kernel and its page cache hold of a guest's memory just
// after boot (bytes; /proc/meminfo of guests with 128 MB to 2 GB).
func KernelMemory(memory int64) int64 {
	if memory < lowMemory {
		return 6 << 20
	}
	return 62 << 20
}

// RoomFor is what a program can fill of a guest's memory before it gets SIGBUS
// (bytes). Measured at HEAD: 11 to 12 MB of 24, 50 to 52 of 64, none of 72, 54 to 56
// of 128, 432 to 435 of 512, 940 to 960 of 1024. Besides what is held at boot, some
// is kept back, and page tables grow with the memory.
func RoomFor(memory int64) int64 {
	keptBack := int64(6 << 20)
	if memory < lowMemory {
		keptBack = 2 << 20
	}
	return memory - unmanaged - KernelMemory(memory) - keptBack - memory/100
}

// MemInfo is what /proc/meminfo holds in a guest with this much memory (bytes) just
// after boot, give or take a megabyte.
func MemInfo(memory int64) []byte {
	total := max(memory-unmanaged, 0) / 1024
	free := max(total-KernelMemory(memory)/1024, 0)
	return fmt.Appendf(nil, "MemTotal:     %9d kB\nMemFree:      %9d kB\nMemAvailable: %9d kB\n"+
		"Buffers:              0 kB\nSwapTotal:            0 kB\nSwapFree:             0 kB\nCached:       %9d kB\n",
		total, free, free, 0)
}
