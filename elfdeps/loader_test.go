package elfdeps

import (
	"debug/elf"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Loader files as distributions build them, as far as their strings go.
const (
	debianStrings = "\x00/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/\x00glibc-hwcaps\x00/etc/ld.so.cache\x00"
	fedoraStrings = "\x00/lib64/\x00/usr/lib64/\x00glibc-hwcaps\x00/etc/ld.so.cache\x00"
	nixStrings    = "\x00/nix/store/abc-glibc-2.40/lib/\x00glibc-hwcaps\x00/nix/store/abc-glibc-2.40/etc/ld.so.cache\x00"
	oldStrings    = "\x00/lib64/\x00/usr/lib64/\x00/etc/ld.so.cache\x00" // before glibc 2.33
)

// files is a root directory in short: a path ends in " -> target" for a symlink.
type files map[string]any // image, string (content) or []CacheEntry

func (f files) fs(t testing.TB) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for p, content := range f {
		p, target, isLink := strings.Cut(p, " -> ")
		name := strings.TrimPrefix(p, "/")
		if isLink {
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		switch c := content.(type) {
		case image:
			m[name] = &fstest.MapFile{Data: c.build(), Mode: 0o755}
		case string:
			m[name] = &fstest.MapFile{Data: []byte(c), Mode: 0o755}
		case fs.FileMode:
			m[name] = &fstest.MapFile{Mode: c}
		case []CacheEntry:
			b, err := EncodeCache(c)
			if err != nil {
				t.Fatal(err)
			}
			m[name] = &fstest.MapFile{Data: b, Mode: 0o644}
		}
	}
	return m
}

func loaderFile(strings string) string {
	return string(image{soname: "ld-linux-x86-64.so.2"}.build()) + strings
}

func program(im image) image {
	im.interp = hostInterpreter
	return im
}

func lib(soname string, needed ...string) image { return image{soname: soname, needed: needed} }

// TestRules has one case for each rule of the search. want lists "name path rule", in
// load order, without the loader, and then missing libraries as "name missing".
func TestRules(t *testing.T) {
	t.Parallel()
	a, b := lib("liba.so"), lib("libb.so")
	tests := []struct {
		name   string
		files  files
		config Config
		want   []string
	}{{
		name:  "built-in directories, in Debian's order",
		files: files{"/bin/p": program(lib("", "liba.so", "libb.so")), "/lib/liba.so": a, "/usr/lib/x86_64-linux-gnu/liba.so": a, "/lib64/libb.so": b},
		want:  []string{"liba.so /usr/lib/x86_64-linux-gnu/liba.so default", "libb.so missing"},
	}, {
		name:  "lib64 on Fedora",
		files: files{hostInterpreter: loaderFile(fedoraStrings), "/bin/p": program(lib("", "liba.so", "libb.so")), "/lib/liba.so": a, "/usr/lib64/liba.so": a, "/lib64/libb.so": b},
		want:  []string{"liba.so /usr/lib64/liba.so default", "libb.so /lib64/libb.so default"},
	}, {
		name: "NixOS has one directory and its own cache",
		files: files{hostInterpreter: loaderFile(nixStrings), "/bin/p": program(lib("", "liba.so", "libb.so")), "/nix/store/abc-glibc-2.40/lib/liba.so": a, "/opt/libb.so": b,
			"/nix/store/abc-glibc-2.40/etc/ld.so.cache": []CacheEntry{{Soname: "libb.so", Path: "/opt/libb.so", Flags: 0x303}}},
		want: []string{"liba.so /nix/store/abc-glibc-2.40/lib/liba.so default", "libb.so /opt/libb.so ld.so.cache"},
	}, {
		name:  "without the loader's file multiarch directories tell Debian",
		files: files{hostInterpreter: fs.FileMode(0), "/bin/p": program(lib("", "liba.so")), "/usr/lib/x86_64-linux-gnu/liba.so": a},
		want:  []string{"liba.so /usr/lib/x86_64-linux-gnu/liba.so default"},
	}, {
		name: "the cache comes before the built-in directories",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": a, "/usr/local/lib/liba.so": a,
			"/etc/ld.so.cache": []CacheEntry{{Soname: "liba.so", Path: "/usr/local/lib/liba.so", Flags: 0x303}}},
		want: []string{"liba.so /usr/local/lib/liba.so ld.so.cache"},
	}, {
		name: "a cache that may not be used",
		files: files{"/bin/p": program(lib("", "liba.so")), "/usr/local/lib/liba.so": a, "/etc/ld.so.conf": "/usr/local/lib\n",
			"/etc/ld.so.cache": []CacheEntry{{Soname: "liba.so", Path: "/usr/local/lib/liba.so", Flags: 0x303}}},
		config: Config{NoCache: true},
		want:   []string{"liba.so missing"},
	}, {
		name: "a stale cache entry falls through to the built-in directories",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": a,
			"/etc/ld.so.cache": []CacheEntry{{Soname: "liba.so", Path: "/gone/liba.so", Flags: 0x303}}},
		want: []string{"liba.so /lib/liba.so default"},
	}, {
		name:  "a damaged cache is as good as none",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": a, "/etc/ld.so.cache": "glibc-ld.so.cache1.1\xff\xff\xff\xff"},
		want:  []string{"liba.so /lib/liba.so default"},
	}, {
		name: "DT_RPATH before LD_LIBRARY_PATH before DT_RUNPATH",
		files: files{"/bin/p": program(image{needed: []string{"librp.so", "librun.so"}, rpath: ptr("/r:/e")}), "/r/librp.so": image{needed: []string{"liba.so"}}, "/e/librun.so": image{needed: []string{"libb.so"}, runpath: ptr("/run")},
			"/r/liba.so": a, "/e/liba.so": a, "/e/libb.so": b, "/run/libb.so": b},
		config: Config{LibraryPath: "/e"},
		want: []string{"librp.so /r/librp.so rpath", "librun.so /e/librun.so rpath", "liba.so /r/liba.so rpath",
			"libb.so /e/libb.so ld_library_path"},
	}, {
		name:  "DT_RPATH is inherited, DT_RUNPATH is not",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, rpath: ptr("/r")}), "/r/liba.so": image{needed: []string{"libb.so"}, rpath: ptr("/x")}, "/r/libb.so": b},
		want:  []string{"liba.so /r/liba.so rpath", "libb.so /r/libb.so rpath"},
	}, {
		name:  "not inherited",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("/r")}), "/r/liba.so": lib("liba.so", "libb.so"), "/r/libb.so": b},
		want:  []string{"liba.so /r/liba.so runpath", "libb.so missing"},
	}, {
		name:  "DT_RUNPATH of the asking object turns the inherited DT_RPATH off, even when empty",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, rpath: ptr("/r")}), "/r/liba.so": image{needed: []string{"libb.so"}, runpath: ptr("")}, "/r/libb.so": b},
		want:  []string{"liba.so /r/liba.so rpath", "libb.so missing"},
	}, {
		name:  "$ORIGIN of a library is where its path says, not where the link leads",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("/r")}), "/r/liba.so -> /real/liba.so": nil, "/real/liba.so": image{needed: []string{"libb.so"}, runpath: ptr("$ORIGIN/sub")}, "/r/sub/libb.so": b, "/real/sub/libb.so": b},
		want:  []string{"liba.so /r/liba.so runpath", "libb.so /r/sub/libb.so runpath"},
	}, {
		name:  "$ORIGIN of the program is its real place",
		files: files{"/bin/p -> /opt/x/bin/p": nil, "/opt/x/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("${ORIGIN}/../lib")}), "/opt/x/lib/liba.so": a, "/lib/liba.so": a},
		want:  []string{"liba.so /opt/x/bin/../lib/liba.so runpath"},
	}, {
		name:  "$LIB, $PLATFORM and other words",
		files: files{"/bin/p": program(image{needed: []string{"liba.so", "libb.so", "libc.so"}, runpath: ptr("/x/$LIB:/y/$PLATFORM:/z/$ORIGINAL")}), "/x/lib/x86_64-linux-gnu/liba.so": a, "/y/x86_64/libb.so": b, "/z/$ORIGINAL/libc.so": lib("libc.so")},
		want:  []string{"liba.so /x/lib/x86_64-linux-gnu/liba.so runpath", "libb.so /y/x86_64/libb.so runpath", "libc.so /z/$ORIGINAL/libc.so runpath"},
	}, {
		name:   "LD_LIBRARY_PATH: semicolons, empty elements, relative ones, $ORIGIN of the program",
		files:  files{"/bin/p": program(lib("", "liba.so", "libb.so", "libc.so")), "/work/liba.so": a, "/work/rel/libb.so": b, "/bin/../c/libc.so": "", "/c/libc.so": lib("libc.so")},
		config: Config{LibraryPath: ";rel:$ORIGIN/../c", Cwd: "/work"},
		want:   []string{"liba.so /work/liba.so ld_library_path", "libb.so /work/rel/libb.so ld_library_path", "libc.so /bin/../c/libc.so ld_library_path"},
	}, {
		name:   "names with a slash are paths, from the working directory",
		files:  files{"/bin/p": program(lib("", "/o/liba.so", "./libb.so", "$ORIGIN/libc.so")), "/o/liba.so": a, "/work/libb.so": b, "/bin/libc.so": lib("libc.so")},
		config: Config{Cwd: "/work"},
		want:   []string{"/o/liba.so /o/liba.so needed-path", "./libb.so /work/./libb.so needed-path", "/bin/libc.so /bin/libc.so needed-path"},
	}, {
		name:  "an object that is loaded serves by its DT_SONAME",
		files: files{"/bin/p": program(lib("", "/o/x.so", "liby.so")), "/o/x.so": lib("libx.so.1"), "/lib/liby.so": lib("liby.so", "libx.so.1")},
		want:  []string{"/o/x.so /o/x.so needed-path", "liby.so /lib/liby.so default"},
	}, {
		name:  "the same file under two names is loaded once",
		files: files{"/bin/p": program(lib("", "liba.so", "libalias.so")), "/lib/liba.so": image{}, "/lib/libalias.so -> liba.so": nil},
		want:  []string{"liba.so /lib/liba.so default"},
	}, {
		name:  "absolute links stay inside the root",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so -> /opt/liba.so.1": nil, "/opt/liba.so.1 -> ../store/liba.so.1.2": nil, "/store/liba.so.1.2": a},
		want:  []string{"liba.so /lib/liba.so default"},
	}, {
		name:  "a file of another class or machine is passed over",
		files: files{"/bin/p": program(image{needed: []string{"liba.so", "libb.so"}, runpath: ptr("/x:/y:/z")}), "/x/liba.so": image{class: elf.ELFCLASS32, machine: elf.EM_386}, "/y/liba.so": image{machine: elf.EM_AARCH64}, "/z/liba.so": a, "/x/libb.so": image{class: elf.ELFCLASS32, machine: elf.EM_386}},
		want:  []string{"liba.so /z/liba.so runpath", "libb.so missing: wrong ELF class: ELFCLASS32"},
	}, {
		name:  "a file that is no ELF stops the loader",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("/x:/z")}), "/x/liba.so": "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789\n", "/z/liba.so": a},
		want:  []string{"liba.so missing: /x/liba.so: invalid ELF header (not an ELF file: a Git LFS pointer; fetch the file with git lfs pull)"},
	}, {
		name:  "an empty file",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": ""},
		want:  []string{"liba.so missing: /lib/liba.so: file too short (not an ELF file: the file is empty)"},
	}, {
		name:  "a symlink loop ends the search path, not the search",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("/x:/z")}), "/x/liba.so -> liba.so": nil, "/z/liba.so": a, "/lib/liba.so": a},
		want:  []string{"liba.so /lib/liba.so default"},
	}, {
		name: "DF_1_NODEFLIB",
		files: files{"/bin/p": program(image{needed: []string{"liba.so", "libb.so", "libc.so"}, flags1: elf.DF_1_NODEFLIB}), "/lib/liba.so": a, "/usr/lib/libb.so": b, "/opt/libc.so": lib("libc.so"),
			"/etc/ld.so.cache": []CacheEntry{{Soname: "libb.so", Path: "/usr/lib/libb.so", Flags: 0x303}, {Soname: "libc.so", Path: "/opt/libc.so", Flags: 0x303}}},
		want: []string{"libc.so /opt/libc.so ld.so.cache", "liba.so missing", "libb.so missing"},
	}, {
		name:   "glibc-hwcaps for the CPU",
		files:  files{"/bin/p": program(lib("", "liba.so", "libb.so")), "/lib/glibc-hwcaps/x86-64-v4/liba.so": a, "/lib/glibc-hwcaps/x86-64-v3/liba.so": a, "/lib/glibc-hwcaps/x86-64-v2/libb.so": b, "/lib/libb.so": b, "/lib/liba.so": a},
		config: Config{HWCaps: []string{"x86-64-v3", "x86-64-v2"}},
		want:   []string{"liba.so /lib/glibc-hwcaps/x86-64-v3/liba.so default hwcaps", "libb.so /lib/glibc-hwcaps/x86-64-v2/libb.so default hwcaps"},
	}, {
		name:  "no hwcaps: the generic file",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/glibc-hwcaps/x86-64-v2/liba.so": a, "/lib/liba.so": a},
		want:  []string{"liba.so /lib/liba.so default"},
	}, {
		name:   "a loader from before glibc 2.33 knows no hwcaps, but tls",
		files:  files{hostInterpreter: loaderFile(oldStrings), "/bin/p": program(lib("", "liba.so", "libb.so")), "/lib64/glibc-hwcaps/x86-64-v3/liba.so": a, "/lib64/liba.so": a, "/lib64/tls/libb.so": b, "/lib64/libb.so": b},
		config: Config{HWCaps: []string{"x86-64-v3"}},
		want:   []string{"liba.so /lib64/liba.so default", "libb.so /lib64/tls/libb.so default"},
	}, {
		name:   "preloads come first, and missing ones do not matter",
		files:  files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": a, "/lib/libb.so": b, "/lib/libc.so": lib("libc.so"), "/etc/ld.so.preload": "# x\nlibc.so gone.so\n"},
		config: Config{Preload: "libb.so:gone2.so"},
		want:   []string{"libb.so /lib/libb.so default", "libc.so /lib/libc.so default", "liba.so /lib/liba.so default"},
	}, {
		name:  "breadth first",
		files: files{"/bin/p": program(lib("", "liba.so", "libb.so")), "/lib/liba.so": lib("liba.so", "libc.so"), "/lib/libb.so": b, "/lib/libc.so": lib("libc.so")},
		want:  []string{"liba.so /lib/liba.so default", "libb.so /lib/libb.so default", "libc.so /lib/libc.so default"},
	}, {
		name:  "a cycle",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": lib("liba.so", "libb.so"), "/lib/libb.so": lib("libb.so", "liba.so")},
		want:  []string{"liba.so /lib/liba.so default", "libb.so /lib/libb.so default"},
	}, {
		name:  "auxiliary objects are optional, filters are not",
		files: files{"/bin/p": program(lib("", "liba.so")), "/lib/liba.so": image{auxiliary: []string{"gone.so"}, filter: []string{"gone2.so"}}},
		want:  []string{"liba.so /lib/liba.so default", "gone2.so missing"},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, given := tt.files[hostInterpreter]; !given {
				tt.files[hostInterpreter] = loaderFile(debianStrings)
			}
			c, err := NewLoader(tt.files.fs(t), tt.config).Closure("/bin/p")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, inShort(c)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// inShort renders a closure without the loader.
func inShort(c *Closure) []string {
	var lines []string
	for _, o := range c.Objects {
		if o.FoundBy == ByLoaded {
			continue
		}
		line := o.Soname + " " + o.Path + " " + string(o.FoundBy)
		if o.HWCaps {
			line += " hwcaps"
		}
		lines = append(lines, line)
	}
	for _, m := range c.Missing {
		line := m.Soname + " missing"
		if m.Reason != "" {
			line += ": " + m.Reason
		}
		lines = append(lines, line)
	}
	return lines
}

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
		if c.Chain("liba.so", true) != nil || len(c.Tree().Children) != 0 {
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

func TestDlopen(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter:    loaderFile(debianStrings),
		"/bin/p":           program(image{needed: []string{"liba.so"}, rpath: ptr("/main")}),
		"/main/liba.so":    image{soname: "liba.so", runpath: ptr("/plug")},
		"/plug/libplug.so": lib("libplug.so", "libdep.so", "liba.so"),
		"/main/libdep.so":  lib("libdep.so"),
		"/plug/libdep.so":  lib("libdep.so"),
		"/work/x.so":       lib("", "libgone.so"),
	}
	l := NewLoader(f.fs(t), Config{Cwd: "/work"})
	c, err := l.Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	before := inShort(c)
	tests := []struct {
		caller, name string
		want         []string
	}{
		// The new object's own needs do not see the caller's path, but the program's.
		{"/main/liba.so", "libplug.so", []string{"libplug.so /plug/libplug.so runpath", "libdep.so /main/libdep.so rpath"}},
		{"liba.so", "libplug.so", []string{"libplug.so /plug/libplug.so runpath", "libdep.so /main/libdep.so rpath"}},
		{"", "libplug.so", []string{"libplug.so missing"}},
		{"", "/plug/libplug.so", []string{"/plug/libplug.so /plug/libplug.so needed-path", "libdep.so /main/libdep.so rpath"}},
		{"", "./x.so", []string{"./x.so /work/./x.so needed-path", "libgone.so missing"}},
		{"", "liba.so", nil},
		{"", "", nil},
		{"", "$ORIGIN/../plug/libdep.so", []string{"$ORIGIN/../plug/libdep.so /bin/../plug/libdep.so needed-path"}},
	}
	for _, tt := range tests {
		added, err := l.Dlopen(c, tt.caller, tt.name)
		if err != nil {
			t.Errorf("%s from %q: %v", tt.name, tt.caller, err)
			continue
		}
		if d := cmp.Diff(tt.want, inShort(added)); d != "" {
			t.Errorf("%s from %q (-want +got):\n%s", tt.name, tt.caller, d)
		}
	}
	if d := cmp.Diff(before, inShort(c)); d != "" {
		t.Errorf("dlopen changed the closure it was asked about:\n%s", d)
	}
	first, err := l.Dlopen(c, "liba.so", "libplug.so")
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.Dlopen(first, "", "libdep.so")
	if err != nil || len(second.Objects) != 0 {
		t.Errorf("what the first dlopen loaded is loaded again: %v %v", inShort(second), err)
	}
	if got := first.Chain("libdep.so", false); !cmp.Equal(got, [][]string{{"/bin/p", "libplug.so", "libdep.so"}}) {
		t.Errorf("chain of a dlopened library: %q", got)
	}
	if _, err := l.Dlopen(c, "libnobody.so", "x"); err == nil {
		t.Error("a caller that does not exist is no error")
	}
}

func TestChainAndTree(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter: loaderFile(debianStrings),
		"/bin/p":        program(lib("", "liba.so", "libb.so")),
		"/lib/liba.so":  lib("liba.so", "libc.so"),
		"/lib/libb.so":  lib("libb.so", "libc.so", "libgone.so"),
		"/lib/libc.so":  lib("libc.so", "libd.so"),
		"/lib/libd.so":  lib("libd.so"),
		"/lib/libe.so":  lib("libe.so", "libd.so"),
	}
	c, err := NewLoader(f.fs(t), Config{Preload: "libe.so"}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		all  bool
		want [][]string
	}{
		{"libc.so", false, [][]string{{"/bin/p", "liba.so", "libc.so"}}},
		{"libc.so", true, [][]string{{"/bin/p", "liba.so", "libc.so"}, {"/bin/p", "libb.so", "libc.so"}}},
		{"libd.so", true, [][]string{{"/bin/p", "libe.so", "libd.so"}}},
		{"/lib/liba.so", false, [][]string{{"/bin/p", "liba.so"}}},
		{"libgone.so", false, [][]string{{"/bin/p", "libb.so", "libgone.so"}}},
		{"libe.so", false, [][]string{{"/bin/p", "libe.so"}}},
		{"libz.so", true, nil},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, c.Chain(tt.name, tt.all)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
	want := `/bin/p
  libe.so
    libd.so
  liba.so
    libc.so
      libd.so
  libb.so
    libc.so (repeated)
    libgone.so (missing)
`
	if d := cmp.Diff(want, drawTree(c.Tree(), "")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func drawTree(n *Node, indent string) string {
	s := indent + n.Name
	if n.Repeated {
		s += " (repeated)"
	}
	if n.Missing {
		s += " (missing)"
	}
	s += "\n"
	for _, c := range n.Children {
		s += drawTree(c, indent+"  ")
	}
	return s
}

func TestMusl(t *testing.T) {
	t.Parallel()
	muslLoader := string(image{soname: "libc.musl-x86_64.so.1"}.build())
	f := files{
		muslInterpreterPath: muslLoader,
		"/bin/p":            image{interp: muslInterpreterPath, needed: []string{"liba.so", "libc.musl-x86_64.so.1", "libpthread.so.0"}, runpath: ptr("$ORIGIN/../r")},
		"/r/liba.so":        lib("liba.so", "libb.so", "libl.so"),
		"/r/libb.so":        lib("libb.so"),
		"/usr/lib/libl.so":  lib("libl.so"), "/usr/local/lib/libl.so": lib("libl.so"), "/lib64/libl.so": lib("libl.so"),
	}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"liba.so /bin/../r/liba.so runpath", "libb.so /bin/../r/libb.so runpath", "libl.so /usr/local/lib/libl.so default"}
	if d := cmp.Diff(want, inShort(c)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	f["/etc/ld-musl-x86_64.path"] = "/lib64\n"
	c, err = NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want[2] = "libl.so /lib64/libl.so default"
	if d := cmp.Diff(want, inShort(c)); d != "" {
		t.Errorf("with a path file (-want +got):\n%s", d)
	}
}

const muslInterpreterPath = "/lib/ld-musl-x86_64.so.1"
