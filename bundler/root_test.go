package bundler

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/strace"
)

// root is a small host for a test: a directory with a program, a loader, libraries
// built for the test, and an ld.so.cache of its own.
type root struct {
	t     *testing.T
	dir   string
	guest *guestfs.Tree
}

func newRoot(t *testing.T) *root {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is needed to build the libraries of this test")
	}
	r := &root{t: t, dir: t.TempDir(), guest: guestfs.New()}
	r.lib("/lib/x86_64-linux-gnu/libc.so.6", "soname=libc.so.6")
	r.copyLoader()
	r.build("/app/prog", []string{"-pie", "-Wl,--no-as-needed", "-Wl,-e,entry", "-Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2", r.at("/lib/x86_64-linux-gnu/libc.so.6")}, "void entry(void) {}")
	for _, p := range []string{"/app/prog", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"} {
		r.inGuest(p, p)
	}
	return r
}

func (r *root) at(p string) string { return filepath.Join(r.dir, p) }

func (r *root) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// copyLoader takes this machine's loader: the model reads the built-in directories
// and the place of the cache out of it.
func (r *root) copyLoader() {
	for _, p := range []string{"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-x86-64.so.2"} {
		if b, err := os.ReadFile(p); err == nil {
			r.file("/lib64/ld-linux-x86-64.so.2", string(b))
			return
		}
	}
	r.t.Skip("this test needs glibc's x86-64 loader")
}

func (r *root) build(to string, flags []string, source string) {
	r.t.Helper()
	r.must(os.MkdirAll(filepath.Dir(r.at(to)), 0o755))
	c := filepath.Join(r.t.TempDir(), "x.c")
	r.must(os.WriteFile(c, []byte(source), 0o644))
	args := append([]string{"-nostdlib", "-fPIC", "-o", r.at(to), c}, flags...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		r.t.Fatalf("gcc %v: %v\n%s", args, err, out)
	}
}

// lib builds a library. Words: soname=S, runpath=P, or the host path of a library
// that it needs.
func (r *root) lib(to string, words ...string) {
	r.t.Helper()
	flags := []string{"-shared", "-Wl,--no-as-needed"}
	for _, w := range words {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "soname":
			flags = append(flags, "-Wl,-soname,"+value)
		case "runpath":
			flags = append(flags, "-Wl,--enable-new-dtags,-rpath,"+value)
		default:
			flags = append(flags, r.at(w))
		}
	}
	r.build(to, flags, fmt.Sprintf("int f%d;", len(to)))
}

func (r *root) file(to, content string) {
	r.t.Helper()
	r.must(os.MkdirAll(filepath.Dir(r.at(to)), 0o755))
	r.must(os.WriteFile(r.at(to), []byte(content), 0o644))
}

func (r *root) link(to, text string) {
	r.t.Helper()
	r.must(os.MkdirAll(filepath.Dir(r.at(to)), 0o755))
	r.must(os.Symlink(text, r.at(to)))
}

// inGuest puts a host file into the image.
func (r *root) inGuest(to, from string) {
	r.t.Helper()
	info, err := os.Stat(r.at(from))
	r.must(err)
	r.must(r.guest.Add(to, guestfs.Node{Mode: 0o644, Host: r.at(from), Size: info.Size(), Origin: "closure"}))
}

// cache writes the host's ld.so.cache with the given paths, each under its base name.
func (r *root) cache(paths ...string) {
	r.t.Helper()
	var entries []elfdeps.CacheEntry
	for _, p := range paths {
		f, err := os.Open(r.at(p))
		r.must(err)
		parsed, err := elfdeps.Parse(f)
		f.Close()
		r.must(err)
		entries = append(entries, elfdeps.CacheEntry{Soname: path.Base(p), Path: p, Flags: elfdeps.CacheFlags(parsed)})
	}
	b, err := elfdeps.EncodeCache(entries)
	r.must(err)
	r.file("/etc/ld.so.cache", string(b))
}

func (r *root) input(facts *strace.Facts) Input {
	return Input{Host: os.DirFS(r.dir), HostRoot: r.dir, Guest: r.guest, Program: "/app/prog", HostProgram: "/app/prog", Facts: facts}
}

// show is one line an entry, so that a whole plan compares as a list.
func show(p *Plan) []string {
	var s []string
	for _, e := range p.Entries {
		switch {
		case e.Link != "":
			s = append(s, fmt.Sprintf("link %s -> %s", e.To, e.Link))
		case e.Kind == KindCache:
			entries, err := elfdeps.ReadCache(e.Content)
			s = append(s, fmt.Sprintf("cache %v", err))
			for _, c := range entries {
				s = append(s, fmt.Sprintf("  %s => %s", c.Soname, c.Path))
			}
		case e.From != "":
			s = append(s, fmt.Sprintf("%s %s <- %s", e.Kind, e.To, e.From))
		default:
			s = append(s, fmt.Sprintf("%s %s", e.Kind, e.To))
		}
	}
	for _, d := range p.Dropped {
		s = append(s, "dropped "+d.Path+": "+d.Reason)
	}
	for _, u := range p.Unresolved {
		s = append(s, "unresolved "+u.Name)
	}
	for k, v := range p.Env {
		s = append(s, "env "+k+"="+v)
	}
	return s
}
