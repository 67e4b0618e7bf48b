package elfdeps

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// hostInterpreter is the loader that the random graphs are compared with.
const hostInterpreter = "/lib64/ld-linux-x86-64.so.2"

// TestRandomGraphs builds random roots full of libraries, with everything that
// influences a search, and compares the closure with what the real loader says inside a
// chroot. NANODIAG_GRAPHS sets the number of graphs, NANODIAG_SEED the first seed.
func TestRandomGraphs(t *testing.T) {
	loader, err := os.ReadFile(hostInterpreter)
	if err != nil {
		t.Skip("no glibc loader to compare with: ", err)
	}
	graphs, seed := envInt(t, "NANODIAG_GRAPHS", 60), envInt(t, "NANODIAG_SEED", 1)
	failed := 0
	for i := range graphs {
		g := newGraph(t.TempDir(), uint64(seed+i))
		g.mountProc(t)
		g.write(t, hostInterpreter[1:], loader)
		g.fill(t)
		want, err := g.loaderSays()
		if err != nil {
			t.Skip("cannot run the loader in a chroot (needs root): ", err)
		}
		got, err := g.weSay()
		if err != nil {
			t.Fatalf("seed %d: %v", seed+i, err)
		}
		if d := g.compare(want, got); d != "" {
			failed++
			g.debug(t)
			t.Errorf("seed %d: (-loader +ours):\n%s\nenv %q\n%s", seed+i, d, g.env(), g.log)
		}
		if failed == 5 {
			t.Fatal("giving up after 5 graphs")
		}
	}
}

func envInt(t *testing.T, name string, otherwise int) int {
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// outcome is what a loader does, in comparable form.
type outcome struct {
	Objects  []string // "name => path", sorted
	Versions []string // "object version neededBy", sorted
	Fatal    string   // why the loader gave up; Objects then means nothing

	crashed bool // glibc loops until its stack is full on a cycle of DT_AUXILIARY
}

func (g *graph) compare(want, got outcome) string {
	if want.crashed {
		return ""
	}
	if want.Fatal != "" {
		if strings.Contains(got.Fatal, want.Fatal) {
			return ""
		}
		return "loader gives up: " + want.Fatal + "\nours: " + got.Fatal
	}
	if slices.ContainsFunc(want.Objects, func(s string) bool { return strings.HasSuffix(s, "not found") }) {
		// The trace checks versions against its stand-in for a missing library, if another
		// object of that name was found later.
		got.Versions = slices.DeleteFunc(got.Versions, func(s string) bool { return !slices.Contains(want.Versions, s) })
	}
	// The trace lists auxiliary objects that are not there, a real start ignores them.
	want.Objects = slices.DeleteFunc(want.Objects, func(s string) bool { return g.auxiliary[s] })
	got.Objects = slices.DeleteFunc(got.Objects, func(s string) bool { return g.auxiliary[s] })
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(outcome{}), cmpopts.EquateEmpty())
}

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

// mountProc gives the loader its /proc/self/exe, without which $ORIGIN of the program is
// unknown.
func (g *graph) mountProc(t *testing.T) {
	t.Helper()
	if err := os.Mkdir(g.host("/proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("/proc", g.host("/proc"), "", syscall.MS_BIND, ""); err != nil {
		t.Skip("cannot mount /proc for a chroot (needs root): ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(g.host("/proc"), syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
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
	// glibc loses track of an object that the program itself names with these tags: it
	// puts it before the head of its list. No linker writes them into programs.
	program.auxiliary, program.filter = nil, nil
	if len(program.needed) == 0 { // the trace would only say "statically linked"
		program.needed = []string{g.neededName()}
	}
	if g.chance(3) && g.interp == hostInterpreter { // musl's --list takes $ORIGIN from the name as given
		g.write(t, "/a/prog", program.build())
		g.link(t, "../a/prog", "/bin/prog")
	} else {
		g.write(t, "/bin/prog", program.build())
	}
	g.log += fmt.Sprintf("/bin/prog: %s\n", describeImage(program))
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
	g.write(t, p, im.build())
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

func (g *graph) env() []string {
	env := []string{"LC_ALL=C"}
	if g.config.LibraryPath != "" {
		env = append(env, "LD_LIBRARY_PATH="+g.config.LibraryPath)
	}
	if g.config.Preload != "" {
		env = append(env, "LD_PRELOAD="+g.config.Preload)
	}
	return env
}

var (
	fatalLine   = regexp.MustCompile(`error while loading shared libraries: .*?: ([^:\n]+(?:: Is a directory)?)\n?$`)
	versionLine = regexp.MustCompile("(?m)^[^ ]*: (.*): version `(.*)' not found \\(required by (.*)\\)$")
)

func (g *graph) loaderSays() (outcome, error) {
	cmd := exec.Command("/bin/prog")
	cmd.Env = append(g.env(), "LD_TRACE_LOADED_OBJECTS=1")
	cmd.Dir = "/work"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: g.root}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	_ = cmd.Wait()
	var o outcome
	if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		o.crashed = true
		return o, nil
	}
	if m := fatalLine.FindStringSubmatch(errs.String()); m != nil {
		o.Fatal = m[1]
		if o.Fatal == "Error 21" { // how ld.so spells EISDIR without libc's strings
			o.Fatal = "Is a directory"
		}
		return o, nil
	}
	// The trace leaves the loader out when nothing needs it by name; it is mapped anyway.
	o.Objects = []string{hostInterpreter + " => " + hostInterpreter}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if i := strings.LastIndex(line, " (0x"); i >= 0 {
			line = line[:i]
		}
		name, p, found := strings.Cut(line, " => ")
		if !found {
			p = name
		}
		if name != "linux-vdso.so.1" && name != "statically linked" {
			o.Objects = append(o.Objects, name+" => "+absolute(p))
		}
	}
	for _, m := range versionLine.FindAllStringSubmatch(errs.String()+out.String(), -1) {
		o.Versions = append(o.Versions, fmt.Sprintf("%s %s %s", absolute(m[1]), m[2], absolute(m[3])))
	}
	o.sort()
	return o, nil
}

// debug logs how the loader searched, when NANODIAG_DEBUG is set.
func (g *graph) debug(t *testing.T) {
	if os.Getenv("NANODIAG_DEBUG") == "" {
		return
	}
	cmd := exec.Command("/bin/prog")
	cmd.Env = append(g.env(), "LD_TRACE_LOADED_OBJECTS=1", "LD_DEBUG=libs,files")
	cmd.Dir = "/work"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: g.root}
	out, _ := cmd.CombinedOutput()
	t.Logf("%s", out)
}

func (o *outcome) sort() {
	slices.Sort(o.Objects)
	o.Objects = slices.Compact(o.Objects)
	slices.Sort(o.Versions)
	o.Versions = slices.Compact(o.Versions)
}

// absolute does to the loader's output what we do for the reader: glibc prints paths as
// relative as they were found.
func absolute(p string) string {
	if p == "not found" || path.IsAbs(p) {
		return p
	}
	return "/work/" + p
}

func (g *graph) weSay() (outcome, error) {
	l := NewLoader(os.DirFS(g.root), g.config)
	c, err := l.Closure("/bin/prog")
	if err != nil {
		return outcome{}, err
	}
	g.auxiliary = map[string]bool{}
	for _, k := range c.ns.links {
		if k.file != nil {
			for _, name := range k.file.Auxiliary {
				g.auxiliary[c.ns.tokens(k, name)+" => not found"] = true
			}
		}
	}
	var o outcome
	for _, obj := range c.Objects {
		name := obj.Soname
		if obj.FoundBy == ByLoaded {
			name = obj.Path
		}
		o.Objects = append(o.Objects, name+" => "+obj.Path)
	}
	for _, m := range c.Missing {
		if m.Reason != "" && !strings.HasPrefix(m.Reason, "wrong ELF class") && g.interp == hostInterpreter {
			if o.Fatal == "" {
				o.Fatal = m.Reason
			}
			continue
		}
		o.Objects = append(o.Objects, m.Soname+" => not found")
	}
	for _, v := range c.VersionMissing {
		o.Versions = append(o.Versions, fmt.Sprintf("%s %s %s", v.Object, v.Version, v.NeededBy))
	}
	o.sort()
	return o, nil
}
