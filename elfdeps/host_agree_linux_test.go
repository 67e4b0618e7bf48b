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
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loaderSays runs the real loader on a program and returns name → path; a missing
// library has the path "not found".
func loaderSays(t testing.TB, env []string, argv ...string) (map[string]string, string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append([]string{"LD_TRACE_LOADED_OBJECTS=1", "LC_ALL=C"}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return parseLdd(out.String()), errs.String()
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
		if strings.HasPrefix(name, "linux-vdso") || line == "statically linked" || line == "" {
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
// all: /usr/lib takes minutes.
func TestAgreesWithLoader(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the loader several hundred times")
	}
	l := NewLoader(HostFS(), Config{HWCaps: HostHWCaps()})
	elfs, same := 0, 0
	for _, p := range elfFiles(t) {
		c, err := l.Closure(p)
		if err != nil {
			if said, _ := loaderSays(t, nil, hostInterpreter, p); len(said) > 0 {
				t.Errorf("%s: %v", p, err)
			}
			continue
		}
		argv := traceCommand(c, p)
		if argv == nil {
			continue
		}
		elfs++
		want, stderr := loaderSays(t, nil, argv...)
		if c.Interpreter == "" && len(want) > 0 {
			// The trace of a library leaves the loader out when nothing needs it by name.
			want[hostInterpreter] = hostInterpreter
		}
		if d := cmp.Diff(want, ours(c)); d != "" {
			t.Errorf("%s (-loader +ours):\n%s%s", p, d, stderr)
			continue
		}
		same++
	}
	t.Logf("same closure for %d of %d files", same, elfs)
	if elfs == 0 {
		t.Skip("no ELF programs in /usr/bin")
	}
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
		_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, p)
			}
			return nil
		})
	}
	sort.Strings(files)
	return slices.DeleteFunc(files, isOtherThanProgram)
}

// traceCommand is how to ask the real loader about a file; nil when it cannot be asked.
func traceCommand(c *Closure, p string) []string {
	info, err := os.Stat(p)
	switch {
	case err != nil || c.Program.Static() || strings.Contains(c.Interpreter, "musl") || c.InterpreterMissing:
		return nil
	case c.Interpreter == "":
		return []string{hostInterpreter, p}
	case info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0, info.Mode()&0o111 == 0:
		// The kernel's AT_SECURE makes the loader ignore LD_TRACE_LOADED_OBJECTS.
		return []string{c.Interpreter, p}
	}
	return []string{p}
}

func isOtherThanProgram(p string) bool {
	if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
		return true
	}
	f, err := os.Open(p)
	if err != nil {
		return true
	}
	defer f.Close()
	parsed, err := Parse(f)
	if errors.Is(err, ErrNotELF) {
		return true
	}
	// The kernel may be built without x32, whose files are of the other class.
	return err == nil && (parsed.Machine != elf.EM_X86_64 || parsed.Class != elf.ELFCLASS64)
}
