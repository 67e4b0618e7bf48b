package elfdeps

import (
	"debug/elf"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
		name:  "a link to a file with a slash behind it ends the search path, not the search",
		files: files{"/bin/p": program(image{needed: []string{"liba.so", "libb.so"}, runpath: ptr("/r:/x")}), "/r/liba.so -> ../x/liba.so/": nil, "/r/libb.so -> ../x/libb.so/.": nil, "/x/liba.so": a, "/x/libb.so": b, "/lib/liba.so": a},
		want:  []string{"liba.so /lib/liba.so default", "libb.so missing"},
	}, {
		name:  "an element of the search path that is a file is passed over",
		files: files{"/bin/p": program(image{needed: []string{"liba.so"}, runpath: ptr("/bin/p:/bin/p/x:/x")}), "/x/liba.so": a},
		want:  []string{"liba.so /x/liba.so runpath"},
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

// TestVersionsByName has a library that DT_FILTER puts before another and whose DT_SONAME
// is that one's name: versions are asked of the object that was loaded by the name.
func TestVersionsByName(t *testing.T) {
	t.Parallel()
	p := program(lib("", "libc.so"))
	p.verneed = map[string][]string{"libc.so": {"V3"}}
	f := files{
		hostInterpreter: loaderFile(debianStrings), "/bin/p": p,
		"/lib/libc.so": image{filter: []string{"liba.so"}, verdef: []string{"libc.so", "V1"}},
		"/lib/liba.so": image{soname: "libc.so", verdef: []string{"liba.so", "V1"}},
	}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want := []VersionMissing{{Object: "/lib/libc.so", NeededBy: "/bin/p", Version: "V3"}}
	if d := cmp.Diff(want, c.VersionMissing); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
