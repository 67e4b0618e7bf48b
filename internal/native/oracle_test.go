package native

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nanodiag/nanodiag/strace"
)

var realPrograms = flag.Bool("real", false, "compare the libraries of every installed program of testdata with strace's and the loader's word")

type realProgram struct {
	Name     string            `json:"name"`
	Packages []string          `json:"packages"` // Debian's
	Argv     []string          `json:"argv"`
	Flags    []string          `json:"flags"` // nanodiag's, for a server: how long to run it
	Env      map[string]string `json:"env"`
}

// oracleTime limits one run of one program.
const oracleTime = 30 * time.Second

// TestLibrariesOfRealPrograms compares the files mapped as code, of all processes,
// with those that strace(1) sees mapped, and with the names that the loader says it
// loads (LD_DEBUG=files).
func TestLibrariesOfRealPrograms(t *testing.T) {
	if !*realPrograms {
		t.Skip("takes minutes and many Debian packages: go test ./internal/native -run LibrariesOfReal -real -v")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	var rows []string
	var all tally
	for _, p := range readPrograms(t, "../../testdata/real/programs.json", "testdata/programs.json") {
		t.Run(p.Name, func(t *testing.T) {
			if _, err := os.Stat(p.Argv[0]); err != nil {
				t.Skipf("%s is not installed (apt-get install %s)", p.Argv[0], strings.Join(p.Packages, " "))
			}
			if len(p.Flags) > 0 {
				t.Skip("a server: it does not end by itself")
			}
			env := slices.Clone(os.Environ())
			for k, v := range p.Env {
				env = append(env, k+"="+v)
			}
			want := mappedByStrace(t, p.Argv, env)
			delete(want, real(p.Argv[0])) // V8 maps its own code again, where that is far away
			row := fmt.Sprintf("| %s | %d |", p.Name, len(want))
			for _, engine := range []strace.Engine{strace.EnginePtrace, strace.EngineNotify} {
				got := mappedByTracer(t, p.Argv, env, engine)
				var n tally
				n.compare(t, string(engine), want, got)
				all.add(n)
				row += fmt.Sprintf(" %d |", n.found)
			}
			names := namedByLoader(t, p.Argv, env)
			lost := 0
			for name := range names {
				if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(p string) bool { return names.same(name, p) }) {
					t.Errorf("the loader loaded %s, and no engine and no strace saw it", name)
					lost++
				}
			}
			rows = append(rows, row+fmt.Sprintf(" %d |", len(names)-lost))
		})
	}
	t.Logf("\n| program | strace: mapped as code | ptrace | notify | LD_DEBUG |\n|---|---|---|---|---|\n%s\nprecision %.4f, recall %.4f",
		strings.Join(rows, "\n"), all.precision(), all.recall())
}

func readPrograms(t *testing.T, files ...string) []realProgram {
	var all []realProgram
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := filepath.Abs(filepath.Join(filepath.Dir(name), "in"))
		if err != nil {
			t.Fatal(err)
		}
		var list []realProgram
		if err := json.Unmarshal(bytes.ReplaceAll(b, []byte("$IN"), []byte(in)), &list); err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// tally counts what agrees.
type tally struct{ found, wrong, missed int }

func (n *tally) add(m tally) { n.found += m.found; n.wrong += m.wrong; n.missed += m.missed }

func (n tally) precision() float64 { return float64(n.found) / float64(max(1, n.found+n.wrong)) }
func (n tally) recall() float64    { return float64(n.found) / float64(max(1, n.found+n.missed)) }

func (n *tally) compare(t *testing.T, who string, want, got map[string]bool) {
	for p := range got {
		if want[p] {
			n.found++
			continue
		}
		n.wrong++
		t.Errorf("%s: %s is said to be mapped, and strace saw no such mapping", who, p)
	}
	for p := range want {
		if !got[p] {
			n.missed++
			t.Errorf("%s: %s was missed", who, p)
		}
	}
}

func mappedByTracer(t *testing.T, argv, env []string, engine strace.Engine) map[string]bool {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), oracleTime)
	defer cancel()
	got := map[string]bool{}
	facts := strace.NewCollector()
	res, err := strace.Trace(ctx, strace.Command{Path: argv[0], Args: argv, Env: env, Dir: dir, Stdin: null, Stdout: null, Stderr: null},
		strace.Options{Engine: engine, Handle: func(e *strace.Event) {
			facts.Add(e)
			if e.Name == "mmap" && e.OK() && e.Flags&syscall.PROT_EXEC != 0 && isLibrary(e.Abs) {
				got[real(e.Abs)] = true
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Exit.TimedOut {
		t.Errorf("%s: %v did not end within %v", engine, argv, oracleTime)
	}
	// What the product reports is the program's own part of that: all of it, where it
	// executes nothing else.
	own := map[string]bool{}
	for _, l := range facts.Facts().Libraries {
		if l.Mapped && isLibrary(l.Path) && real(l.Path) != real(argv[0]) {
			own[real(l.Path)] = true
		}
	}
	delete(got, real(argv[0]))
	for p := range got {
		if !own[p] && len(res.Execs) == 0 {
			t.Errorf("%s: %s was seen mapped, and is not among the libraries", engine, p)
		}
	}
	for p := range own {
		if !got[p] {
			t.Errorf("%s: %s is among the libraries, and was not seen mapped", engine, p)
		}
	}
	return got
}

// isLibrary reports whether p is an ELF file other than the loader, which is mapped by
// the kernel at execve: strace sees that no more than we do.
func isLibrary(p string) bool {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "/dev/") || strings.HasPrefix(p, "/memfd:") || loader.MatchString(p) {
		return false
	}
	f, err := os.Open(p)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	_, err = f.Read(magic[:])
	return err == nil && string(magic[:]) == "\x7fELF"
}

var loader = regexp.MustCompile(`/ld-(linux|musl)[^/]*\.so(\.\d+)*$`)

// A line of strace -y: mmap(0x7f…, 8192, PROT_READ|PROT_EXEC, MAP_PRIVATE|…, 3</usr/lib/libz.so.1.2.13>, 0x3000) = 0x7f…
var mapsCode = regexp.MustCompile(`mmap\([^<\n]*PROT_EXEC[^<\n]*<(/[^>\n]*)>, .*(\) = 0x|<unfinished )`)

func mappedByStrace(t *testing.T, argv, env []string) map[string]bool {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	under(t, env, append([]string{"strace", "-f", "-y", "--signal=none", "-e", "trace=mmap", "-o", log}, argv...))
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, m := range mapsCode.FindAllSubmatch(b, -1) {
		if p := string(m[1]); isLibrary(p) {
			want[real(p)] = true
		}
	}
	return want
}

// loaded are names as the loader was asked for them.
type loaded map[string]bool

// same reports whether the file p may be what the loader calls name.
func (loaded) same(name, p string) bool {
	if strings.HasPrefix(name, "/") {
		return real(name) == p
	}
	base := filepath.Base(name)
	if filepath.Base(p) == base {
		return true
	}
	f, err := parse(os.DirFS("/"), p)
	return err == nil && f.Soname == base || real(filepath.Join(filepath.Dir(p), base)) == p
}

// "    123:	file=libz.so.1 [0];  generating link map"
var generates = regexp.MustCompile(`file=(\S+) \[\d+\];\s+generating link map`)

func namedByLoader(t *testing.T, argv, env []string) loaded {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	under(t, append(slices.Clone(env), "LD_DEBUG=files", "LD_DEBUG_OUTPUT="+filepath.Join(dir, "ld")), argv)
	names := loaded{}
	logs, _ := filepath.Glob(filepath.Join(dir, "ld*"))
	for _, log := range logs {
		b, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range generates.FindAllSubmatch(b, -1) {
			if name := string(m[1]); !loader.MatchString("/" + filepath.Base(name)) {
				names[name] = true
			}
		}
	}
	return names
}

func under(t *testing.T, env, argv []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), oracleTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = env
	cmd.WaitDelay = time.Second
	_ = cmd.Run() // its status is its own affair
	if ctx.Err() != nil {
		t.Errorf("%v did not end within %v", argv, oracleTime)
	}
}
