package elfdeps

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// placeholder is a search path that the tests overwrite in a compiled file, so that one
// compilation serves all graphs.
var placeholder = "/" + strings.Repeat("p", 150)

// opener is the program of testdata/src/opener.c and the library of caller.c, each with
// the placeholder as DT_RPATH and as DT_RUNPATH.
type opener struct {
	program, library map[string][]byte // by linker flag
}

func compileOpener(t *testing.T) opener {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no gcc to compile testdata/src with")
	}
	dir := t.TempDir()
	o := opener{program: map[string][]byte{}, library: map[string][]byte{}}
	gcc := func(out string, args ...string) []byte {
		file := filepath.Join(dir, out)
		if b, err := exec.Command("gcc", append(args, "-O1", "-o", file)...).CombinedOutput(); err != nil {
			t.Fatalf("gcc: %v\n%s", err, b)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, dtags := range []string{"--enable-new-dtags", "--disable-new-dtags"} {
		ld := "-Wl," + dtags + ",-rpath," + placeholder
		o.library[dtags] = gcc("libcaller.so", "-shared", "-fPIC", "-Wl,-soname,libcaller.so", ld, "testdata/src/caller.c")
		o.program[dtags] = gcc("opener", ld, "testdata/src/opener.c", "-L"+dir, "-lcaller")
	}
	return o
}

// TestRandomDlopen is TestRandomGraphs for dlopen: a real program opens libraries one
// after the other in a chroot, from itself and from a library.
func TestRandomDlopen(t *testing.T) {
	o := compileOpener(t)
	interp := mustRead(t, hostInterpreter)
	f, err := Parse(bytes.NewReader(o.program["--enable-new-dtags"]))
	if err != nil {
		t.Fatal(err)
	}
	if f.Interpreter != hostInterpreter {
		t.Skip("gcc does not build for ", hostInterpreter)
	}
	c, err := NewLoader(HostFS(), Config{}).Closure("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	libc, found := c.Find("libc.so.6")
	if !found {
		t.Skip("no libc.so.6")
	}
	graphs, seed := envInt(t, "NANODIAG_GRAPHS", 60), envInt(t, "NANODIAG_SEED", 1)
	opened := 0
	for i := range graphs {
		g := newGraph(t.TempDir(), uint64(seed+i))
		g.write(t, hostInterpreter, interp)
		g.write(t, "/lib/x86_64-linux-gnu/libc.so.6", mustRead(t, libc.Real))
		g.names = g.names[:min(len(g.names), 6)]
		g.fill(t)
		for p, builds := range map[string]map[string][]byte{"/bin/opener": o.program, "/lib/x86_64-linux-gnu/libcaller.so": o.library} {
			g.writePatched(t, p, pick(g, []string{"--enable-new-dtags", "--disable-new-dtags"}), builds)
		}
		g.started(t, "/bin/opener")
		_ = os.Remove(g.host("/etc/ld.so.preload"))
		g.config.Preload = ""
		var calls []string
		for range 4 {
			calls = append(calls, pick(g, []string{"m:", "l:"})+g.neededName())
		}
		n, d := g.compareDlopens(t, calls)
		opened += n
		if d != "" {
			t.Errorf("seed %d: %s\nenv %q\ncalls %q\n%s", seed+i, d, g.env(), calls, g.log)
		}
	}
	t.Logf("%d of %d calls opened something", opened, 4*graphs)
}

func mustRead(t *testing.T, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Skip(err)
	}
	return b
}

// writePatched writes a compiled file with a random search path in place of the
// placeholder, or with none.
func (g *graph) writePatched(t *testing.T, p, dtags string, builds map[string][]byte) {
	t.Helper()
	list := strings.Join(g.pathElements(), ":")
	if len(list) > len(placeholder) || g.chance(3) {
		list = ""
	}
	b := bytes.Clone(builds[dtags])
	i := bytes.Index(b, []byte(placeholder))
	copy(b[i:], list+strings.Repeat("\x00", len(placeholder)-len(list)))
	g.write(t, p, b)
	g.log += p + ": " + dtags + " " + list + "\n"
}

// compareDlopens runs the calls for real and in the model. It returns how many opened
// something, and the first difference.
func (g *graph) compareDlopens(t *testing.T, calls []string) (int, string) {
	t.Helper()
	cmd := exec.Command("/bin/opener", calls...)
	cmd.Env = g.env()
	cmd.Dir = "/work"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: g.root}
	out, err := cmd.CombinedOutput()
	l := NewLoader(os.DirFS(g.root), g.config)
	c, cerr := l.Closure("/bin/opener")
	if cerr != nil {
		return 0, cerr.Error()
	}
	started := len(c.Missing) == 0 && len(c.VersionMissing) == 0
	if err != nil {
		if strings.Contains(err.Error(), "signal") { // DT_AUXILIARY cycles kill glibc
			return 0, ""
		}
		if started {
			return 0, "the program did not start: " + string(out)
		}
		return 0, ""
	}
	if !started {
		return 0, "the model says that the program does not start"
	}
	steps := strings.Split(string(out), "## ")[1:]
	loaded := pathsOf(c.Objects)
	opened := 0
	for i, call := range calls {
		result, maps, _ := strings.Cut(steps[i], "\n")
		var want []string
		for line := range strings.Lines(maps) {
			p := strings.TrimSpace(strings.TrimPrefix(line, "map"))
			if p != "" && !strings.Contains(p, "linux-vdso") {
				want = append(want, absolute(p))
			}
		}
		slices.Sort(want)
		caller := ""
		if call[0] == 'l' {
			caller = "libcaller.so"
		}
		added, err := l.Dlopen(c, caller, call[2:])
		if err != nil {
			return opened, call + ": " + err.Error()
		}
		fails := len(added.Missing)+len(added.VersionMissing) > 0
		if fails != (result != "ok") {
			return opened, call + ": dlopen says " + result + ", the model " + describeMissing(added)
		}
		if !fails {
			opened++
			c = added
			loaded = append(loaded, pathsOf(added.Objects)...)
		}
		slices.Sort(loaded)
		if d := cmp.Diff(want, loaded); d != "" {
			return opened, call + " (-loader +ours):\n" + d
		}
	}
	return opened, ""
}

func describeMissing(c *Closure) string {
	var words []string
	for _, m := range c.Missing {
		words = append(words, m.Soname+" missing "+m.Reason)
	}
	for _, v := range c.VersionMissing {
		words = append(words, path.Base(v.Object)+" lacks "+v.Version)
	}
	return strings.Join(words, ", ")
}

func pathsOf(objects []*Object) []string {
	var paths []string
	for _, o := range objects {
		paths = append(paths, o.Path)
	}
	return paths
}
