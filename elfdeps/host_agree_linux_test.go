package elfdeps

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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
// its loader says.
func TestAgreesWithLoader(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the loader several hundred times")
	}
	var programs []string
	for _, dir := range []string{"/usr/bin", "/usr/sbin"} {
		names, _ := filepath.Glob(dir + "/*")
		programs = append(programs, names...)
	}
	sort.Strings(programs)
	l := NewLoader(HostFS(), Config{HWCaps: HostHWCaps()})
	elfs, same := 0, 0
	for _, p := range programs {
		real, err := filepath.EvalSymlinks(p)
		if err != nil || isOtherThanProgram(real) {
			continue
		}
		c, err := l.Closure(p)
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		if c.Program.Interpreter == "" || strings.Contains(c.Interpreter, "musl") || c.InterpreterMissing {
			continue
		}
		elfs++
		argv := []string{p}
		if info, err := os.Stat(p); err == nil && info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
			// The kernel's AT_SECURE makes the loader ignore LD_TRACE_LOADED_OBJECTS.
			argv = []string{c.Interpreter, p}
		}
		want, stderr := loaderSays(t, nil, argv...)
		if d := cmp.Diff(want, ours(c)); d != "" {
			t.Errorf("%s (-loader +ours):\n%s%s", p, d, stderr)
			continue
		}
		same++
	}
	t.Logf("same closure for %d of %d programs", same, elfs)
	if elfs == 0 {
		t.Skip("no ELF programs in /usr/bin")
	}
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
	return err == nil && parsed.Machine != elf.EM_X86_64
}
