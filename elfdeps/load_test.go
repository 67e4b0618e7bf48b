package elfdeps

import (
	"debug/elf"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissingSaysWhereItWasSought(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter: loaderFile(fedoraStrings),
		"/bin/p":        program(image{needed: []string{"liba.so", "libx.so"}, runpath: ptr("/r:/gone")}),
		"/r/liba.so":    lib("liba.so", "libx.so"),
		"/usr/lib64/y":  "",
	}
	c, err := NewLoader(f.fs(t), Config{LibraryPath: "/e"}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want := []Missing{{
		Soname: "libx.so", NeededBy: []string{"/bin/p", "/r/liba.so"},
		Tried: []string{"/e/libx.so", "/r/libx.so", "/gone/libx.so", "/lib64/libx.so", "/usr/lib64/libx.so"},
	}}
	if d := cmp.Diff(want, c.Missing); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter:             loaderFile(debianStrings),
		"/bin/p":                    program(lib("", "liba.so", "libb.so")),
		"/lib/liba.so -> liba.so.1": nil, "/lib/liba.so.1": lib("liba.so.1", "ld-linux-x86-64.so.2"),
		"/lib/libb.so": lib("libb.so", "liba.so.1"),
	}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range c.Objects {
		o.File = nil
	}
	want := []*Object{
		{Soname: "liba.so", Path: "/lib/liba.so", Real: "/lib/liba.so.1", FoundBy: ByDefault, NeededBy: []string{"/bin/p", "/lib/libb.so"}},
		{Soname: "libb.so", Path: "/lib/libb.so", Real: "/lib/libb.so", FoundBy: ByDefault, NeededBy: []string{"/bin/p"}},
		{Soname: "ld-linux-x86-64.so.2", Path: hostInterpreter, Real: hostInterpreter, FoundBy: ByLoaded, NeededBy: []string{"/lib/liba.so"}},
	}
	if d := cmp.Diff(want, c.Objects); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter: loaderFile(debianStrings),
		"/bin/p": program(image{needed: []string{"liba.so", "libb.so"}, verneed: map[string][]string{
			"liba.so": {"A_1", "A_2", "~A_3"}, "libb.so": {"B_1"},
		}}),
		"/lib/liba.so": image{soname: "liba.so", verdef: []string{"liba.so", "A_1"}},
		"/lib/libb.so": lib("libb.so"), // no versions at all: glibc lets it pass
	}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want := []VersionMissing{{Object: "/lib/liba.so", NeededBy: "/bin/p", Version: "A_2"}}
	if d := cmp.Diff(want, c.VersionMissing); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	f := files{
		"/bin/noloader":     program(lib("", "liba.so")),
		"/bin/static":       image{typ: elf.ET_EXEC, noDynamic: true},
		"/bin/staticpie":    image{flags1: elf.DF_1_PIE},
		"/bin/script":       "#!/usr/bin/env python3\n" + strings.Repeat("pass\n", 20),
		"/bin/macho":        "\xcf\xfa\xed\xfe" + strings.Repeat("x", 100),
		"/bin/object.o":     image{typ: elf.ET_REL, noDynamic: true},
		"/bin/cut":          string(program(lib("", "liba.so")).build()[:300]),
		"/bin/loop -> loop": nil,
		"/bin/dir/x":        "",
		"/bin/fifo":         fs.ModeNamedPipe | 0o644,
		"/lib/liba.so":      lib("liba.so"),
	}
	l := NewLoader(f.fs(t), Config{})
	c, err := l.Closure("/bin/noloader")
	if err != nil {
		t.Fatal(err)
	}
	if !c.InterpreterMissing || c.Interpreter != hostInterpreter {
		t.Errorf("a missing loader is not noticed: %+v", c)
	}
	for _, p := range []string{"/bin/static", "/bin/staticpie"} {
		c, err := l.Closure(p)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Program.Static() || len(c.Objects) != 0 || c.Interpreter != "" {
			t.Errorf("%s: %+v", p, c)
		}
		if c.Chain("liba.so") != nil || len(c.Tree().Children) != 0 {
			t.Errorf("%s: a static program has no chains", p)
		}
	}
	var format *FormatError
	var pathError *fs.PathError
	tests := []struct {
		path   string
		is     error
		as     any
		speaks string
	}{
		{"/bin/script", ErrNotELF, nil, `a script for "/usr/bin/env python3"`},
		{"/bin/macho", ErrNotELF, nil, "Mach-O"},
		{"/bin/object.o", ErrNotProgram, nil, "ET_REL"},
		{"/bin/cut", nil, &format, "cut off"},
		{"/bin/gone", fs.ErrNotExist, &pathError, "/bin/gone"},
		{"/bin/script/x", nil, &pathError, "Not a directory"},
		{"/bin/loop", nil, &pathError, "symbolic links"},
		{"/bin/dir", nil, nil, "Is a directory"},
		{"/bin/fifo", nil, nil, "not a regular file"},
		{"", nil, nil, "no program"},
	}
	for _, tt := range tests {
		c, err := l.Closure(tt.path)
		if err == nil || c != nil {
			t.Errorf("%q: no error", tt.path)
			continue
		}
		if tt.is != nil && !errors.Is(err, tt.is) || tt.as != nil && !errors.As(err, tt.as) ||
			!strings.Contains(err.Error(), tt.speaks) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("%q: %v", tt.path, err)
		}
	}
}
