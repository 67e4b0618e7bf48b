package elfdeps

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleEntries() []CacheEntry {
	return []CacheEntry{
		{Soname: "libz.so.1", Path: "/lib64/libz.so.1", Flags: 0x303},
		{Soname: "libm.so.6", Path: "/lib64/libm.so.6", Flags: 0x303},
		{Soname: "libm.so.6", Path: "/lib64/glibc-hwcaps/x86-64-v3/libm.so.6", Flags: 0x303, HWCapName: "x86-64-v3"},
		{Soname: "libm.so.6", Path: "/lib64/glibc-hwcaps/x86-64-v2/libm.so.6", Flags: 0x303, HWCapName: "x86-64-v2"},
		{Soname: "libm.so.6", Path: "/lib32/libm.so.6", Flags: 3},
		{Soname: "libfoo.so.10", Path: "/opt/libfoo.so.10", Flags: 0x303},
		{Soname: "libfoo.so.9", Path: "/opt/libfoo.so.9", Flags: 0x303},
	}
}

func TestCacheRoundTrip(t *testing.T) {
	t.Parallel()
	b, err := EncodeCache(sampleEntries())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadCache(b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].HWCapName != "" {
			got[i].HWCap = 0 // the index into the names, which is EncodeCache's own business
		}
	}
	e := sampleEntries()
	want := []CacheEntry{e[0], e[3], e[2], e[1], e[4], e[5], e[6]}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestCacheLikeLdconfig reads this machine's cache and compares with ldconfig's list,
// then writes it anew and asks ldconfig again.
func TestCacheLikeLdconfig(t *testing.T) {
	t.Parallel()
	ldconfig := findLdconfig(t)
	b, err := os.ReadFile("/etc/ld.so.cache")
	if err != nil {
		t.Skip(err)
	}
	entries, err := ReadCache(b)
	if err != nil {
		t.Fatal(err)
	}
	want := listCache(t, ldconfig, "/etc/ld.so.cache")
	if d := cmp.Diff(want, render(entries)); d != "" {
		t.Errorf("(-ldconfig +ReadCache):\n%s", d)
	}
	again, err := EncodeCache(entries)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cache")
	if err := os.WriteFile(file, again, 0o644); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, listCache(t, ldconfig, file)); d != "" {
		t.Errorf("written anew (-before +after):\n%s", d)
	}
}

func findLdconfig(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"/sbin/ldconfig", "/usr/sbin/ldconfig"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	t.Skip("no ldconfig")
	return ""
}

func listCache(t *testing.T, ldconfig, file string) []string {
	t.Helper()
	cmd := exec.Command(ldconfig, "-p", "-C", file)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ldconfig -p: %v\n%s", err, out)
	}
	var lines []string
	for line := range bytes.Lines(out) {
		if s, isEntry := strings.CutPrefix(strings.TrimRight(string(line), "\n"), "\t"); isEntry {
			lines = append(lines, s)
		}
	}
	return lines
}

// render prints entries as `ldconfig -p` does.
func render(entries []CacheEntry) []string {
	var lines []string
	for _, e := range entries {
		kinds := map[int32]string{0x303: "libc6,x86-64", 3: "libc6", 1: "ELF", 0x803: "libc6,x32"}
		s := e.Soname + " (" + kinds[e.Flags]
		if e.HWCapName != "" {
			s += `, hwcap: "` + e.HWCapName + `"`
		}
		lines = append(lines, s+") => "+e.Path)
	}
	return lines
}

func TestCacheLookup(t *testing.T) {
	t.Parallel()
	b, err := EncodeCache(sampleEntries())
	if err != nil {
		t.Fatal(err)
	}
	c, err := openCache(b)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		flags  int32
		caps   []string
		path   string
		hwcaps bool
	}{
		{"libz.so.1", 0x303, nil, "/lib64/libz.so.1", false},
		{"libz.so.01", 0x303, nil, "/lib64/libz.so.1", false}, // digits compare by value
		{"libz.so.2", 0x303, nil, "", false},
		{"libfoo.so.9", 0x303, nil, "/opt/libfoo.so.9", false},
		{"libm.so.6", 0x303, nil, "/lib64/libm.so.6", false},
		{"libm.so.6", 3, nil, "/lib32/libm.so.6", false},
		{"libm.so.6", 0x303, []string{"x86-64-v3", "x86-64-v2"}, "/lib64/glibc-hwcaps/x86-64-v3/libm.so.6", true},
		{"libm.so.6", 0x303, []string{"x86-64-v2"}, "/lib64/glibc-hwcaps/x86-64-v2/libm.so.6", true},
	}
	for _, tt := range tests {
		rank := map[string]int{}
		for i, c := range tt.caps {
			rank[c] = i + 1
		}
		path, hwcaps, _ := c.lookup(tt.name, tt.flags, rank, 3)
		if path != tt.path || hwcaps != tt.hwcaps {
			t.Errorf("%s %#x %v: got %q %v, want %q %v", tt.name, tt.flags, tt.caps, path, hwcaps, tt.path, tt.hwcaps)
		}
	}
}

func TestDamagedCache(t *testing.T) {
	t.Parallel()
	good, err := EncodeCache(sampleEntries())
	if err != nil {
		t.Fatal(err)
	}
	for n := range good { // cut off anywhere
		entries, err := ReadCache(good[:n])
		if err != nil && entries != nil {
			t.Errorf("%d bytes: both a value and an error", n)
		}
	}
	invalid := bytes.Clone(good)
	invalid[28] = 1
	if _, err := ReadCache(invalid); err == nil {
		t.Error("a cache marked invalid is accepted")
	}
}

// oldCache writes the format of glibc 2.1, with the new one in its string table when
// there are entries for it, as ldconfig did by default until glibc 2.32.
func oldCache(old, inside []CacheEntry) []byte {
	le := binary.LittleEndian
	b := append([]byte(oldMagic), 0)
	b = le.AppendUint32(b, uint32(len(old)))
	var table []byte
	base := 0
	if inside != nil {
		encoded, err := EncodeCache(inside)
		if err != nil {
			panic(err)
		}
		pad := -(oldHeaderSize + oldEntrySize*len(old)) & 7
		table = append(make([]byte, pad), encoded...)
		// The extension's offsets count from the start of the file: leave it out.
		le.PutUint32(table[pad+32:], 0)
	}
	for _, e := range old {
		key := base + len(table)
		table = append(table, e.Soname+"\x00"...)
		value := base + len(table)
		table = append(table, e.Path+"\x00"...)
		b = le.AppendUint32(b, uint32(e.Flags))
		b = le.AppendUint32(b, uint32(key))
		b = le.AppendUint32(b, uint32(value))
	}
	return append(b, table...)
}

func TestOldCacheFormats(t *testing.T) {
	t.Parallel()
	one := []CacheEntry{{Soname: "liba.so", Path: "/a/liba.so", Flags: 3}}
	got, err := ReadCache(oldCache(one, nil))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(one, got); d != "" {
		t.Errorf("the old format alone (-want +got):\n%s", d)
	}
	generic := []CacheEntry{{Soname: "libz.so.1", Path: "/lib64/libz.so.1", Flags: 0x303}}
	for _, n := range []int{1, 2} { // with and without padding before the new format
		old := append(one, one...)[:n]
		got, err = ReadCache(oldCache(old, generic))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(generic, got); d != "" {
			t.Errorf("the new format in the old one (-want +got):\n%s", d)
		}
	}
}
