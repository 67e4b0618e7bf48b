package nanos

import (
	"strings"
	"testing"
)

func TestRegisters(t *testing.T) {
	t.Parallel()
	tab := table(t)
	for _, c := range []struct {
		path, version string
		want          bool
	}{
		{"/dev/null", "0.1.37", true},
		{"dev/null", "", true},
		{"/proc/self/../self/maps", "", true},
		{"/proc/meminfo", "0.1.39", false},
		{"/proc/meminfo", "0.1.40", true},
		{"/proc/cpuinfo", "", false},
		{"/dev/random", "", false},
		{"/sys/devices/system/cpu/cpu0", "", true},
		{"/sys/devices/system/cpu/possible", "", false},
		{"/sys/devices/disks", "", false}, // only with its klib
		{"/dev", "", false},
	} {
		if got := tab.Registers(c.path, c.version); got != c.want {
			t.Errorf("Registers(%q, %q) = %v, want %v", c.path, c.version, got, c.want)
		}
	}
}

func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	tab := table(t)
	byPath := map[string]SpecialFile{}
	for _, f := range tab.SpecialFiles("0.1.53") {
		byPath[f.Path] = f
	}
	for p, kind := range map[string]Kind{
		"/dev/null": KindDevice, "/proc/self/exe": KindLink, "/proc/meminfo": KindFile, "/proc/self/maps": KindFile,
		"/sys/devices/system/cpu/cpu0": KindDir, "/sys/devices/system/cpu/online": KindFile,
	} {
		if got := byPath[p].Kind; got != kind {
			t.Errorf("%s is a %q, want %q", p, got, kind)
		}
	}
	if got := string(byPath["/sys/devices/system/cpu/online"].Content); got != "0-0\n" {
		t.Errorf("cpu online holds %q", got)
	}
	if got := byPath["/dev/net/tun"].Klib; got != "tun" {
		t.Errorf("/dev/net/tun needs klib %q", got)
	}
	if got := byPath["/sys/devices/disks"].Klib; got != "special_files" {
		t.Errorf("/sys/devices/disks needs klib %q", got)
	}
	for _, f := range tab.SpecialFiles("0.1.47") {
		if f.Path == "/sys/devices/disks" || f.Path == "" {
			t.Errorf("0.1.47 serves %q", f.Path)
		}
	}
}

func TestMemInfo(t *testing.T) {
	t.Parallel()
	got := string(MemInfo(512 << 20))
	if !strings.HasPrefix(got, "MemTotal:        520396 kB\n") || strings.Count(got, "\n") != 7 {
		t.Errorf("MemInfo(512M) = %q", got)
	}
	if !strings.Contains(string(MemInfo(1<<20)), "MemFree:              0 kB\n") {
		t.Errorf("MemInfo(1M) = %q", MemInfo(1<<20))
	}
}

// The bounds are what programs could fill in real guests, up to what they hold besides.
func TestRoomFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ memory, low, high int64 }{
		{24, 11, 12}, {32, 16, 20}, {48, 30, 36}, {64, 50, 52}, {72, -10, 2}, {96, 20, 24}, {128, 54, 56}, {512, 432, 436}, {1024, 940, 960},
	} {
		if got := RoomFor(c.memory << 20); got < c.low<<20 || got > c.high<<20 {
			t.Errorf("RoomFor(%d MB) = %.1f MB, want %d to %d", c.memory, float64(got)/(1<<20), c.low, c.high)
		}
	}
}
