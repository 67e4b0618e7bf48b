package elfdeps

import (
	"encoding/binary"
	"strings"
	"testing"
)

// Program headers of a file that image builds, by their place in the table, and the
// fields of one.
const (
	phLoad, phDynamic, phStack = 2, 3, 4

	phType, phOff, phVaddr, phFilesz, phMemsz, phAlign = 0, 8, 16, 32, 40, 48
)

// edit changes a field of a program header in a file for 64 bits.
func edit(b []byte, header, field int, change func(uint64) uint64) {
	at := b[64+56*header+field:]
	if field == phType {
		binary.LittleEndian.PutUint32(at, uint32(change(uint64(binary.LittleEndian.Uint32(at)))))
		return
	}
	binary.LittleEndian.PutUint64(at, change(binary.LittleEndian.Uint64(at)))
}

func to(v uint64) func(uint64) uint64 { return func(uint64) uint64 { return v } }
func add(v uint64) func(uint64) uint64 {
	return func(old uint64) uint64 { return old + v }
}

// dropTag makes a tag of the dynamic section, which is the end of the file, one that
// nobody knows.
func dropTag(b []byte, tag uint64) {
	for i := len(b) - 16; i > 0; i -= 16 {
		if binary.LittleEndian.Uint64(b[i:]) == tag {
			binary.LittleEndian.PutUint64(b[i:], 0x6ffffdf0)
			return
		}
	}
}

// damages are what can be wrong with a library beyond its ELF header, and what glibc
// 2.36 does with it: its words, "" where it maps the file, "skip" where the search goes
// on; behind "! " are our words, where it does not look and most likely dies of a signal.
var damages = []struct {
	name   string
	change func(b []byte) []byte
	want   string
}{
	{"segment not aligned in the file", func(b []byte) []byte { edit(b, phLoad, phOff, add(1)); return b }, "ELF load command address/offset not page-aligned"},
	{"segment not aligned in memory", func(b []byte) []byte { edit(b, phLoad, phVaddr, add(8)); return b }, "ELF load command address/offset not page-aligned"},
	{"memory beyond the address space", func(b []byte) []byte { edit(b, phLoad, phMemsz, to(1<<47)); return b }, "failed to map segment from shared object"},
	{"memory that wraps", func(b []byte) []byte {
		edit(b, phLoad, phVaddr, add(4096))
		edit(b, phLoad, phMemsz, to(1<<64-1))
		return b
	}, "failed to map segment from shared object"},
	{"memory that wraps to nothing", func(b []byte) []byte {
		edit(b, phLoad, phVaddr, add(1<<12|4))
		edit(b, phLoad, phOff, add(4))
		edit(b, phLoad, phMemsz, to(1<<64-4))
		return b
	}, "failed to map segment from shared object"},
	{"memory that wraps within a page", func(b []byte) []byte {
		edit(b, phLoad, phVaddr, add(0x1804))
		edit(b, phLoad, phOff, add(0x804))
		edit(b, phLoad, phMemsz, to(1<<64-4))
		return b
	}, "! a segment wraps"},
	{"more zeros than any memory", func(b []byte) []byte { edit(b, phLoad, phMemsz, to(1<<40)); return b }, "failed to map segment from shared object"},
	{"alignment beyond the address space", func(b []byte) []byte { edit(b, phLoad, phAlign, to(1<<47)); return b }, "failed to map segment from shared object"},
	{"huge alignment", func(b []byte) []byte { edit(b, phLoad, phAlign, to(1<<40)); return b }, ""},
	{"odd alignment", func(b []byte) []byte { edit(b, phLoad, phAlign, to(3)); return b }, ""},
	{"no alignment", func(b []byte) []byte { edit(b, phLoad, phAlign, to(0)); return b }, ""},
	{"cut off before the zeros", func(b []byte) []byte {
		edit(b, phLoad, phFilesz, to(1<<20+1))
		edit(b, phLoad, phMemsz, to(1<<20+2))
		return b
	}, "! file cut off"},
	{"cut off where nobody looks", func(b []byte) []byte {
		edit(b, phLoad, phFilesz, to(1<<20))
		edit(b, phLoad, phMemsz, to(1<<20))
		return b
	}, ""},
	{"more in the file than in memory", func(b []byte) []byte {
		edit(b, phLoad, phFilesz, add(8192))
		return append(b, make([]byte, 8192)...)
	}, "! more in the file than in memory"},
	{"empty dynamic section", func(b []byte) []byte { edit(b, phDynamic, phFilesz, to(0)); return b }, "object file has no dynamic section"},
	{"a second dynamic section, empty", func(b []byte) []byte {
		edit(b, phStack, phType, to(2))
		edit(b, phStack, phFilesz, to(0))
		return b
	}, "object file has no dynamic section"},
	{"dynamic section at address 0", func(b []byte) []byte { edit(b, phDynamic, phVaddr, to(0)); return b }, "object file has no dynamic section"},
	{"dynamic section outside", func(b []byte) []byte { edit(b, phDynamic, phVaddr, to(1<<20)); return b }, "! lies in no segment"},
	{"dynamic section of one byte", func(b []byte) []byte { edit(b, phDynamic, phFilesz, to(1)); return b }, ""},
	{"no string table", func(b []byte) []byte { dropTag(b, 5); return b }, "! no DT_STRTAB"},
	{"no segment", func(b []byte) []byte { edit(b, phLoad, phType, to(0)); return b }, "object file has no loadable segments"},
	{"an interpreter of no byte", func(b []byte) []byte {
		edit(b, phStack, phType, to(3))
		edit(b, phStack, phFilesz, to(0))
		return b
	}, ""},
	{"an interpreter of one byte", func(b []byte) []byte {
		edit(b, phStack, phType, to(3))
		edit(b, phStack, phFilesz, to(1))
		return b
	}, ""},
	{"an interpreter beyond the end", func(b []byte) []byte {
		edit(b, phStack, phType, to(3))
		edit(b, phStack, phOff, to(1<<30))
		edit(b, phStack, phFilesz, to(20))
		return b
	}, ""},
	{"class 0", func(b []byte) []byte { b[4] = 0; return b }, "skip"},
	{"class 3, byte order 9", func(b []byte) []byte { b[4], b[5] = 3, 9; return b }, "skip"},
	{"63 bytes of ELF", func(b []byte) []byte { return b[:63] }, "file too short"},
	{"63 bytes of text", func([]byte) []byte { return []byte(strings.Repeat("t", 63)) }, "file too short"},
	{"64 bytes of text", func([]byte) []byte { return []byte(strings.Repeat("t", 64)) }, "invalid ELF header"},
}

func TestDamagedLibraries(t *testing.T) {
	t.Parallel()
	for _, d := range damages {
		f := files{
			hostInterpreter: loaderFile(debianStrings),
			"/bin/p":        program(image{needed: []string{"liba.so"}, runpath: ptr("/r:/x")}),
			"/r/liba.so":    string(d.change(lib("liba.so").build())), "/x/liba.so": lib("liba.so"),
		}
		c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
		if err != nil {
			t.Errorf("%s: %v", d.name, err)
			continue
		}
		got := strings.Join(inShort(c), ", ")
		var ok bool
		switch d.want {
		case "":
			ok = got == "liba.so /r/liba.so runpath"
		case "skip":
			ok = got == "liba.so /x/liba.so runpath"
		default:
			ok = strings.HasPrefix(got, "liba.so missing: /r/liba.so: ") && strings.Contains(got, strings.TrimPrefix(d.want, "! "))
		}
		if !ok {
			t.Errorf("%s: %s, want %q", d.name, got, d.want)
		}
	}
}

// TestOldAlignment has what glibc before 2.35 says of p_align.
func TestOldAlignment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		align uint64
		want  string
	}{
		{3, "liba.so missing: /lib/liba.so: ELF load command alignment not page-aligned"},
		{0, "liba.so /lib/liba.so default"},
		{1 << 16, "liba.so /lib/liba.so default"},
	} {
		b := lib("liba.so").build()
		edit(b, phLoad, phAlign, to(tt.align))
		f := files{
			hostInterpreter: loaderFile(debianStrings + "\x00ELF load command alignment not page-aligned\x00"),
			"/bin/p":        program(lib("", "liba.so")), "/lib/liba.so": string(b),
		}
		c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(inShort(c), ", "); got != tt.want {
			t.Errorf("p_align %d: %s, want %s", tt.align, got, tt.want)
		}
	}
}

// TestDamagedArgument has a library that the loader, not the kernel, would map.
func TestDamagedArgument(t *testing.T) {
	t.Parallel()
	b := lib("liba.so", "libb.so").build()
	edit(b, phLoad, phMemsz, to(1<<47))
	f := files{hostInterpreter: loaderFile(debianStrings), "/lib/liba.so": string(b)}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/lib/liba.so")
	if c != nil || err == nil || !strings.Contains(err.Error(), "failed to map segment") {
		t.Errorf("%v, %v", c, err)
	}
}
