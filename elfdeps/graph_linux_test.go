package elfdeps

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

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
		g.write(t, hostInterpreter[1:], loader)
		g.fill(t)
		want, err := g.loaderSays()
		if err != nil {
			t.Skip("cannot run the loader in a chroot (needs root): ", err)
		}
		if want.crashed {
			continue
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

	order   []string // Objects as they were told, without the loader and what is missing
	crashed bool     // glibc loops on a cycle of DT_AUXILIARY until its stack is full
}

func (g *graph) compare(want, got outcome) string {
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
	diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(outcome{}), cmpopts.EquateEmpty())
	if diff == "" && g.interp == hostInterpreter {
		diff = cmp.Diff(want.order, got.order)
	}
	return diff
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
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/prog")
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
	if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() || strings.Contains(errs.String(), "Inconsistency detected by ld.so") {
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
			o.add(name, absolute(p))
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

func (o *outcome) add(name, p string) {
	o.Objects = append(o.Objects, name+" => "+p)
	if p != hostInterpreter && p != "not found" {
		o.order = append(o.order, name+" => "+p)
	}
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
		o.add(name, obj.Path)
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
