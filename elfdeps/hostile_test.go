package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHostileELF has files made to make a parser loop, or allocate without end.
func TestHostileELF(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	tests := []struct {
		name   string
		file   func() []byte
		speaks string
	}{
		{"more program headers than the kernel takes", func() []byte {
			b := lib("liba.so").build()
			le.PutUint16(b[56:], 0xffff)
			return b
		}, "more than the kernel takes"},
		{"program headers beyond the end", func() []byte {
			b := lib("liba.so").build()
			le.PutUint64(b[32:], 1<<62)
			return b
		}, "cut off"},
		{"program headers beyond any file", func() []byte {
			b := lib("liba.so").build()
			le.PutUint64(b[32:], 1<<64-8)
			return b
		}, "beyond any file"},
		{"more libraries than anybody needs", func() []byte {
			return image{needed: make([]string, maxNeeds+1)}.build()
		}, "needs 2049 libraries"},
		{"names that share their bytes", func() []byte {
			im := image{soname: strings.Repeat("x", maxString-1)}
			for range 100 {
				im.needed = append(im.needed, "y")
			}
			return pointNeededAtSoname(im.build())
		}, "strings of more than"},
		{"a name without end", func() []byte {
			im := image{soname: strings.Repeat("x", 2*maxString), needed: []string{"y"}}
			return pointNeededAtSoname(im.build())
		}, "has more than"},
		{"more versions than an index counts", func() []byte {
			versions := make([]string, maxVersions+1)
			for i := range versions {
				versions[i] = "V"
			}
			return image{verneed: map[string][]string{"libx.so": versions}}.build()
		}, "symbol versions"},
	}
	for _, tt := range tests {
		b := tt.file()
		file, err := Parse(bytes.NewReader(b))
		var format *FormatError
		if file != nil || !errors.As(err, &format) || !strings.Contains(err.Error(), tt.speaks) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// pointNeededAtSoname makes every DT_NEEDED of a built file use the string of DT_SONAME.
// The dynamic section is at the end of the file, and DT_NEEDED comes before DT_SONAME.
func pointNeededAtSoname(b []byte) []byte {
	le := binary.LittleEndian
	for i := len(b) - 16; i >= 0; i -= 16 {
		if elf.DynTag(le.Uint64(b[i:])) == elf.DT_SONAME {
			for j := i - 16; elf.DynTag(le.Uint64(b[j:])) == elf.DT_NEEDED; j -= 16 {
				copy(b[j+8:j+16], b[i+8:i+16])
			}
			return b
		}
	}
	return b
}

// TestSymlinkBomb has links whose naive resolution takes 2^30 steps.
func TestSymlinkBomb(t *testing.T) {
	t.Parallel()
	f := files{hostInterpreter: loaderFile(debianStrings), "/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("/l0")}), "/lib/liba.so": lib("liba.so")}
	for i := range 30 {
		f[fmt.Sprintf("/l%d -> /l%d/../l%d", i, i+1, i+1)] = nil
	}
	f["/l30/liba.so"] = lib("liba.so")
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	if got := inShort(c); len(got) != 1 || got[0] != "liba.so /lib/liba.so default" {
		t.Errorf("more than %d links are followed: %q", maxLinks, got)
	}
}

// TestHostileProgram searches for many libraries in many directories.
func TestHostileProgram(t *testing.T) {
	t.Parallel()
	var dirs []string
	for i := range 4000 {
		dirs = append(dirs, fmt.Sprintf("$ORIGIN/%d", i))
	}
	im := image{interp: hostInterpreter, runpath: ptr(strings.Join(dirs, ":"))}
	for i := range maxNeeds {
		im.needed = append(im.needed, fmt.Sprintf("l%d", i))
	}
	root := fstest.MapFS{"bin/p": {Data: im.build()}}
	c, err := NewLoader(root, Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, m := range c.Missing {
		tried += len(m.Tried)
	}
	if len(c.Missing) != maxNeeds || tried > 2*maxTried {
		t.Errorf("%d missing, %d paths", len(c.Missing), tried)
	}
}

// TestHostilePath has a program whose $ORIGIN makes every path that is tried long.
func TestHostilePath(t *testing.T) {
	t.Parallel()
	dir := strings.Repeat("d/", 1700)
	var dirs []string
	for i := range 500 {
		dirs = append(dirs, fmt.Sprintf("$ORIGIN/%d", i))
	}
	im := image{interp: hostInterpreter, runpath: ptr(strings.Join(dirs, ":"))}
	for i := range 40 {
		im.needed = append(im.needed, fmt.Sprintf("l%d", i))
	}
	c, err := NewLoader(fstest.MapFS{dir + "p": {Data: im.build()}}, Config{}).Closure("/" + dir + "p")
	if err != nil {
		t.Fatal(err)
	}
	bytes, places := 0, 0
	for _, m := range c.Missing {
		places += len(m.Tried) + m.TriedMore
		for _, p := range m.Tried {
			bytes += len(p)
		}
	}
	if len(c.Missing) != 40 || places < 40*500 || bytes == 0 || bytes > maxTriedBytes {
		t.Errorf("%d missing, %d places, %d bytes", len(c.Missing), places, bytes)
	}
}
