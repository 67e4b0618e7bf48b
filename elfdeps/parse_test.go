package elfdeps

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	t.Parallel()
	base := File{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true, Loadable: true}
	with := func(change func(*File)) *File {
		f := base
		change(&f)
		return &f
	}
	tests := []struct {
		name string
		im   image
		want *File
	}{
		{"a library", image{soname: "liba.so.1", needed: []string{"libb.so", "libc.so.6"}}, with(func(f *File) {
			f.Soname, f.Needed = "liba.so.1", []string{"libb.so", "libc.so.6"}
		})},
		{"a program", image{interp: hostInterpreter, flags1: elf.DF_1_PIE, isa: 6}, with(func(f *File) {
			f.Interpreter, f.Flags1, f.ISANeeded = hostInterpreter, uint64(elf.DF_1_PIE), 6
		})},
		{"32 bits", image{class: elf.ELFCLASS32, machine: elf.EM_386, needed: []string{"libc.so.6"}, rpath: ptr("/a::/b")}, with(func(f *File) {
			f.Class, f.Machine, f.Needed, f.Rpath = elf.ELFCLASS32, elf.EM_386, []string{"libc.so.6"}, []string{"/a", "", "/b"}
		})},
		{"an empty DT_RUNPATH is not an absent one", image{runpath: ptr("")}, with(func(f *File) { f.Runpath = []string{} })},
		{"versions", image{verdef: []string{"libv.so", "V1"}, verneed: map[string][]string{"a": {"A1", "~A2"}, "b": {"B1"}}}, with(func(f *File) {
			f.Verdef = []string{"libv.so", "V1"}
			f.Verneed = []VersionNeed{{"a", []NeededVersion{{"A1", false}, {"A2", true}}}, {"b", []NeededVersion{{"B1", false}}}}
		})},
		{"other tags", image{auxiliary: []string{"x"}, filter: []string{"y"}, osabi: elf.ELFOSABI_LINUX, abiVersion: 1}, with(func(f *File) {
			f.Auxiliary, f.Filter, f.OSABI, f.ABIVersion = []string{"x"}, []string{"y"}, elf.ELFOSABI_LINUX, 1
		})},
	}
	for _, tt := range tests {
		got, err := Parse(bytes.NewReader(tt.im.build()))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if d := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(File{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// TestNeededISA has a library that the linker marks for x86-64-v3.
func TestNeededISA(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no gcc to link with")
	}
	file := filepath.Join(t.TempDir(), "libisa.so")
	out, err := exec.Command("gcc", "-shared", "-fPIC", "-Wl,-z,x86-64-v3", "-o", file, "testdata/src/caller.c").CombinedOutput()
	if err != nil {
		t.Skipf("gcc cannot mark a level: %s", out)
	}
	c, err := NewLoader(HostFS(), Config{}).Closure(file)
	if err != nil {
		t.Fatal(err)
	}
	if level, object := c.NeededISA(); level != 2 || object != file {
		t.Errorf("level %d of %q, want 2 of %s", level, object, file)
	}
}

// TestLikeDebugELF compares with the standard library on this machine's files.
func TestLikeDebugELF(t *testing.T) {
	t.Parallel()
	names, _ := filepath.Glob("/usr/lib/x86_64-linux-gnu/lib*.so.*")
	if len(names) == 0 {
		t.Skip("no libraries")
	}
	for _, name := range names[:min(len(names), 200)] {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		std, err := elf.NewFile(f)
		if err != nil {
			continue
		}
		got, err := Parse(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		needed, _ := std.ImportedLibraries()
		if d := cmp.Diff(needed, got.Needed, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-debug/elf +ours):\n%s", name, d)
		}
		soname, _ := std.DynString(elf.DT_SONAME)
		if len(soname) == 1 && soname[0] != got.Soname {
			t.Errorf("%s: DT_SONAME %q, debug/elf says %q", name, got.Soname, soname[0])
		}
		versions, _ := std.DynamicVersions()
		var defined []string
		for _, v := range versions {
			defined = append(defined, v.Name)
		}
		if d := cmp.Diff(defined, got.Verdef, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-debug/elf +ours):\n%s", name, d)
		}
	}
}
