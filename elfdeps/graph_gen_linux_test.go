package elfdeps

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// graph is one random root directory.
type graph struct {
	rnd     *rand.Rand
	root    string
	interp  string
	config  Config
	log     string
	names   []string
	dirs    []string
	entries []CacheEntry

	auxiliary map[string]bool // "name => not found" of every DT_AUXILIARY
}

func newGraph(root string, seed uint64) *graph {
	g := &graph{rnd: rand.New(rand.NewPCG(seed, 1)), root: root, interp: hostInterpreter}
	for i := range 4 + g.rnd.IntN(5) {
		g.names = append(g.names, fmt.Sprintf("lib%c.so", 'a'+i))
	}
	g.dirs = []string{"/bin", "/a", "/b", "/b/sub", "/c", "/work", "/work/rel"}
	g.dirs = append(g.dirs, "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib", "/lib64")
	return g
}

// chance is true with probability one in n.
func (g *graph) chance(n int) bool { return g.rnd.IntN(n) == 0 }

func pick[T any](g *graph, list []T) T { return list[g.rnd.IntN(len(list))] }

func (g *graph) host(p string) string { return filepath.Join(g.root, p) }

func (g *graph) write(t *testing.T, p string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(g.host(p)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(g.host(p), b, 0o755); err != nil {
		t.Fatal(err)
	}
}

func (g *graph) link(t *testing.T, target, p string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(g.host(p)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, g.host(p)); err != nil {
		t.Fatal(err)
	}
	g.log += fmt.Sprintf("%s -> %s\n", p, target)
}

func (g *graph) fill(t *testing.T) {
	t.Helper()
	for _, d := range g.dirs {
		if err := os.MkdirAll(g.host(d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g.link(t, pick(g, []string{"/a", "b", "/b/sub/../../c"}), "/dirlink")
	where := append(slices.Clone(g.dirs),
		"/a/glibc-hwcaps/x86-64-v2", "/b/glibc-hwcaps/x86-64-v3", "/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3",
		"/c/tls", "/a/x86_64", "/a/tls/x86_64")
	for _, d := range where {
		for _, n := range g.names {
			if g.chance(4) {
				g.library(t, path.Join(d, n), n)
			}
		}
	}
	g.program(t)
	g.writeCache(t)
	g.environment(t)
}

// program makes /bin/prog.
func (g *graph) program(t *testing.T) {
	program := g.image("prog")
	program.interp, program.soname = g.interp, ""
	if g.interp == hostInterpreter && !g.chance(4) { // mostly, as no linker writes them into programs
		program.auxiliary, program.filter = nil, nil
	}
	if len(program.needed) == 0 { // the trace would only say "statically linked"
		program.needed = []string{g.neededName()}
	}
	if g.chance(3) && g.interp == hostInterpreter { // musl's --list takes $ORIGIN from the name as given
		g.write(t, "/a/prog", program.build())
		g.link(t, "../a/prog", "/bin/prog")
		g.started(t, "/a/prog")
	} else {
		g.write(t, "/bin/prog", program.build())
		g.started(t, "/bin/prog")
	}
	g.log += fmt.Sprintf("/bin/prog: %s\n", describeImage(program))
}

// started names the program that will run: the loader takes $ORIGIN from the link
// /proc/self/exe, and any link of that name will do.
func (g *graph) started(t *testing.T, p string) {
	_ = os.Remove(g.host("/proc/self/exe"))
	g.link(t, p, "/proc/self/exe")
}

func (g *graph) writeCache(t *testing.T) {
	if g.chance(2) {
		b, err := EncodeCache(g.entries)
		if err != nil {
			t.Fatal(err)
		}
		if g.chance(8) {
			b = b[:g.rnd.IntN(len(b))]
			g.log += "cache cut off\n"
		}
		g.write(t, "/etc/ld.so.cache", b)
		g.log += fmt.Sprintf("cache: %v\n", g.entries)
	}
}

func (g *graph) environment(t *testing.T) {
	g.config = Config{Cwd: "/work", HWCaps: HostHWCaps()}
	if g.chance(2) {
		sep := pick(g, []string{":", ";"})
		g.config.LibraryPath = strings.Join(g.pathElements(), sep)
	}
	if g.chance(5) {
		g.config.Preload = pick(g, g.names) + pick(g, []string{" ", ":"}) + g.neededName()
	}
	if g.chance(10) {
		text := "# comment " + pick(g, g.names) + "\n" + pick(g, g.names) + " # " + "\n"
		g.write(t, "/etc/ld.so.preload", []byte(text))
		g.log += "ld.so.preload: " + text
	}
}

// library puts something at p that a search for name comes across.
func (g *graph) library(t *testing.T, p, name string) {
	if g.chance(3) {
		caps := ""
		if i := strings.Index(p, "glibc-hwcaps/"); i >= 0 {
			caps = path.Base(path.Dir(p))
		}
		g.entries = append(g.entries, CacheEntry{Soname: name, Path: p, Flags: pick(g, []int32{0x303, 0x303, 0x303, 3}), HWCapName: caps})
	}
	switch g.rnd.IntN(24) {
	case 0, 1:
		g.link(t, path.Join(pick(g, g.dirs), name), p)
		return
	case 2:
		g.link(t, "../"+pick(g, []string{"a", "b", "c"})+"/"+pick(g, g.names), p)
		return
	case 3:
		g.link(t, path.Base(p), p) // a loop
		return
	case 4:
		g.link(t, "/nowhere", p)
		return
	}
	im := g.image(name)
	switch g.rnd.IntN(40) {
	case 0, 1:
		im.class, im.machine = elf.ELFCLASS32, elf.EM_386
	case 2, 3:
		if g.interp == hostInterpreter { // musl maps it all the same, and crashes
			im.machine = elf.EM_AARCH64
		}
	case 4:
		im.osabi = elf.ELFOSABI_FREEBSD
	case 5:
		im.osabi = elf.ELFOSABI_LINUX
	case 6:
		im.typ = elf.ET_EXEC
	case 7:
		im.flags1 |= elf.DF_1_PIE
	case 8:
		g.write(t, p, []byte(pick(g, []string{"", "#!/bin/sh\n", "\x7fELF", strings.Repeat("text ", 30)})))
		g.log += p + ": not ELF\n"
		return
	case 9:
		if err := os.MkdirAll(g.host(p), 0o755); err != nil {
			t.Fatal(err)
		}
		g.log += p + "/\n"
		return
	}
	b := im.build()
	if g.interp == hostInterpreter && im.class == 0 && g.chance(20) {
		if d := pick(g, damages); !strings.HasPrefix(d.want, "! ") { // what happens then is left to chance
			b = d.change(b)
			g.log += d.name + " "
		}
	}
	g.write(t, p, b)
	g.log += fmt.Sprintf("%s: %s\n", p, describeImage(im))
}

func (g *graph) image(name string) image {
	im := image{soname: name, needed: g.needed(3)}
	switch g.rnd.IntN(6) {
	case 0:
		im.soname = ""
	case 1:
		im.soname = pick(g, g.names)
	}
	switch g.rnd.IntN(8) {
	case 0, 1:
		im.rpath = ptr(strings.Join(g.pathElements(), ":"))
	case 2, 3:
		im.runpath = ptr(strings.Join(g.pathElements(), ":"))
	case 4:
		im.rpath, im.runpath = ptr(strings.Join(g.pathElements(), ":")), ptr(strings.Join(g.pathElements(), ":"))
	case 5:
		im.rpath, im.runpath = ptr("/a:/b:/c"), ptr("")
	}
	if g.chance(6) {
		im.flags1 |= elf.DF_1_NODEFLIB
	}
	if g.chance(8) {
		im.auxiliary = g.needed(1)
	}
	if g.chance(8) {
		im.filter = g.needed(1)
	}
	if g.chance(3) {
		im.verdef = []string{name, "V1", "V2"}[:1+g.rnd.IntN(3)]
	}
	for _, n := range im.needed {
		if !strings.Contains(n, "/") && g.chance(3) {
			if im.verneed == nil {
				im.verneed = map[string][]string{}
			}
			im.verneed[n] = []string{pick(g, []string{"V1", "V2", "V3", "~V3"})}
		}
	}
	return im
}

func (g *graph) needed(most int) []string {
	var names []string
	for range g.rnd.IntN(most + 1) {
		names = append(names, g.neededName())
	}
	return names
}

func (g *graph) neededName() string {
	if !g.chance(8) {
		return pick(g, g.names)
	}
	return pick(g, []string{"/a/", "./", "rel/", "../b/", "$ORIGIN/", "${ORIGIN}/../c/", "/usr/$LIB/"}) + pick(g, g.names)
}

func (g *graph) pathElements() []string {
	all := []string{
		"/a", "/b", "/b/sub", "/c", "/c//", "/dirlink", "/missing", "/a/prog", "", "rel", ".", "./rel", "/bin",
		"$ORIGIN", "${ORIGIN}/sub", "$ORIGIN/../c", "$ORIGIN/../b", "/$LIB", "/usr/${LIB}", "/a/$PLATFORM",
		"/$ORIGINAL", "/a$", "${FOO}/b", "/usr/lib", "/lib64", "/b/../dirlink",
	}
	var list []string
	for range 1 + g.rnd.IntN(3) {
		list = append(list, pick(g, all))
	}
	return list
}

func describeImage(im image) string {
	b, err := Parse(bytes.NewReader(im.build()))
	if err != nil {
		return err.Error()
	}
	s := fmt.Sprintf("%v %v soname=%q needed=%q", b.Class, b.Machine, b.Soname, b.Needed)
	for _, l := range []struct {
		name string
		list []string
	}{{"rpath", b.Rpath}, {"runpath", b.Runpath}, {"aux", b.Auxiliary}, {"filter", b.Filter}, {"verdef", b.Verdef}} {
		if l.list != nil {
			s += fmt.Sprintf(" %s=%q", l.name, l.list)
		}
	}
	return s + fmt.Sprintf(" flags1=%#x verneed=%v", b.Flags1, b.Verneed)
}
