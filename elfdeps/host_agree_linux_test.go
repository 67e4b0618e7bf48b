package elfdeps

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loaderSays runs the real loader on a program and in a root directory ("": this one)
// and returns name → path; a missing library has the path "not found".
func loaderSays(t testing.TB, root string, env []string, argv ...string) (map[string]string, string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	if root != "" {
		cmd.Path, cmd.Dir = argv[0], "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	}
	cmd.Env = append([]string{"LD_TRACE_LOADED_OBJECTS=1", "LC_ALL=C"}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	m := parseLdd(out.String())
	// musl tells what is missing on standard error: "Error loading shared library
	// libx.so: No such file or directory (needed by /bin/p)".
	for line := range strings.Lines(errs.String()) {
		if rest, found := strings.CutPrefix(line, "Error loading shared library "); found {
			name, _, _ := strings.Cut(rest, ": ")
			m[name] = "not found"
		}
	}
	return m, errs.String()
}

// parseLdd reads lines such as
//
//	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0000000000)
//	libx.so => not found
//	/lib64/ld-linux-x86-64.so.2 (0x00007f0000000000)
func parseLdd(out string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if i := strings.LastIndex(line, " (0x"); i >= 0 {
			line = line[:i]
		}
		name, path, found := strings.Cut(line, " => ")
		if !found {
			path = line
		}
		if vdsoNames[name] || line == "statically linked" || line == "" {
			continue
		}
		m[name] = path
	}
	return m
}

// ours renders a closure the way the loader's trace does.
func ours(c *Closure) map[string]string {
	m := map[string]string{}
	for _, o := range c.Objects {
		name := o.Soname
		if o.FoundBy == ByLoaded {
			name = o.Path
		}
		m[name] = o.Path
	}
	for _, x := range c.Missing {
		m[x.Soname] = "not found"
	}
	return m
}

// TestAgreesWithLoader compares the closure of every program of this machine with what
// its loader says. NANODIAG_ELF_DIRS names directories to walk instead, libraries and
// all: /usr takes half a minute.
func TestAgreesWithLoader(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the loader several hundred times")
	}
	var a agreement
	l := NewLoader(HostFS(), Config{HWCaps: HostHWCaps()})
	for _, p := range elfFiles(t) {
		a.file(t, l, "", p)
	}
	a.log(t)
	if a.asked == 0 {
		t.Skip("no ELF programs in /usr/bin")
	}
}

// TestAgreesInSysroot does the same for every file of other root directories, whose
// loaders run in a chroot: NANODIAG_SYSROOTS=/srv/trixie:/srv/alpine.
func TestAgreesInSysroot(t *testing.T) {
	roots := filepath.SplitList(os.Getenv("NANODIAG_SYSROOTS"))
	if len(roots) == 0 {
		t.Skip("NANODIAG_SYSROOTS names no root directory, such as debootstrap makes")
	}
	if os.Geteuid() != 0 {
		t.Skip("chroot needs root")
	}
	for _, root := range roots {
		t.Run(filepath.Base(root), func(t *testing.T) {
			var a agreement
			l := NewLoader(os.DirFS(root), Config{HWCaps: HostHWCaps()})
			for _, p := range walkELF(root) {
				a.file(t, l, root, strings.TrimPrefix(p, root))
			}
			a.log(t)
			if a.asked == 0 {
				t.Error("no ELF file")
			}
		})
	}
}

// agreement counts files, and those that the loader cannot be asked about.
type agreement struct {
	asked, same int
	left        map[string][]string // why → files
}

func (a *agreement) leave(why, p string) {
	if a.left == nil {
		a.left = map[string][]string{}
	}
	a.left[why] = append(a.left[why], p)
}

// file compares one file; root is "" for this machine.
func (a *agreement) file(t *testing.T, l *Loader, root, p string) {
	c, err := l.Closure(p)
	if err != nil {
		if said, _ := loaderSays(t, root, nil, hostInterpreter, p); len(said) > 0 {
			t.Errorf("%s: %v", p, err)
		}
		if errors.Is(err, ErrNotProgram) {
			err = ErrNotProgram // without the path
		}
		a.leave("refused by both, "+err.Error(), p)
		return
	}
	argv, why := traceCommand(c, root+p, p)
	if c.Program.Machine != elf.EM_X86_64 || c.Program.Class != elf.ELFCLASS64 {
		why = "built for " + c.Program.Machine.String() + ", " + c.Program.Class.String()
		if c.Program.Machine == elf.EM_386 && runs(argv) { // the kernel may lack 32-bit programs
			argv, why = []string{argv[0], p}, ""
		}
	}
	if why != "" {
		a.leave(why, p)
		return
	}
	a.asked++
	want, stderr := loaderSays(t, root, nil, argv...)
	if c.Interpreter == "" && len(want) > 0 {
		// The trace of a library leaves the loader out when nothing needs it by name.
		want[argv[0]] = argv[0]
	}
	got := ours(c)
	if isMusl(argv[0]) { // its trace names itself twice, as the loader and as libc
		want, got = withoutLoader(want, argv[0]), withoutLoader(got, argv[0])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-loader +ours):\n%s%s", p, d, stderr)
		return
	}
	a.same++
}

func (a *agreement) log(t *testing.T) {
	t.Logf("same closure for %d of %d files", a.same, a.asked)
	for why, files := range a.left {
		t.Logf("not asked, %s: %d, such as %s", why, len(files), files[0])
	}
}

func isMusl(loader string) bool { return strings.Contains(loader, "ld-musl-") }

func withoutLoader(m map[string]string, loader string) map[string]string {
	for name, path := range m {
		if path == loader || name == loader {
			delete(m, name)
		}
	}
	return m
}

func elfFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	dirs := os.Getenv("NANODIAG_ELF_DIRS")
	if dirs == "" {
		for _, dir := range []string{"/usr/bin", "/usr/sbin"} {
			names, _ := filepath.Glob(dir + "/*")
			files = append(files, names...)
		}
	}
	for _, dir := range filepath.SplitList(dirs) {
		files = append(files, walk(dir)...)
	}
	sort.Strings(files)
	return slices.DeleteFunc(files, isNotELF)
}

func walk(dir string) []string {
	var files []string
	_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, p)
		}
		return nil
	})
	return files
}

func walkELF(root string) []string { return slices.DeleteFunc(walk(root), isNotELF) }

// traceCommand is how to ask the real loader about a file, or why it cannot be asked.
// onHost is the file's path outside the chroot.
func traceCommand(c *Closure, onHost, p string) (argv []string, why string) {
	info, err := os.Stat(onHost)
	switch {
	case err != nil:
		return nil, "it vanished"
	case c.Program.Static():
		return nil, "static: no loader runs"
	case c.InterpreterMissing:
		return nil, "its loader is not installed"
	}
	if len(c.Objects) == 0 {
		return nil, "it needs nothing and has no loader"
	}
	loader := c.Objects[len(c.Objects)-1].Path // it comes last
	if isMusl(loader) {
		return []string{loader, "--list", p}, ""
	}
	if c.Interpreter == "" || c.Program.Class == elf.ELFCLASS32 || info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 || info.Mode()&0o111 == 0 {
		// The kernel's AT_SECURE makes the loader ignore LD_TRACE_LOADED_OBJECTS.
		return []string{loader, p}, ""
	}
	return []string{p}, ""
}

// runs reports whether the loader that argv starts with runs on this machine.
func runs(argv []string) bool {
	return len(argv) == 2 && exec.Command(argv[0], "--version").Run() == nil
}

func isNotELF(p string) bool {
	if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
		return true
	}
	f, err := os.Open(p)
	if err != nil {
		return true
	}
	defer f.Close()
	_, err = Parse(f)
	return errors.Is(err, ErrNotELF)
}
