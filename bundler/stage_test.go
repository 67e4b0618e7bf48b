package bundler

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
)

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func stagedPlan(t *testing.T) *Plan {
	t.Helper()
	r := newRoot(t)
	r.lib("/opt/p/libp.so.1")
	r.link("/opt/p/libp.so", "libp.so.1")
	r.file("/srv/in", "data")
	r.must(os.Chmod(r.at("/srv/in"), 0o755))
	r.must(os.MkdirAll(r.at("/var/empty"), 0o700))
	p, err := New(r.input(&strace.Facts{Libraries: []strace.Library{lib("/opt/p/libp.so")},
		Files: []strace.FileUse{read("/srv/in"), {Path: "/var/empty", Mode: strace.ModeDir}}}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStage(t *testing.T) {
	t.Parallel()
	p := stagedPlan(t)
	dir := filepath.Join(t.TempDir(), "new", "bundle")
	for range 2 { // the second replaces the first
		if err := p.Stage(dir); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	_ = filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		got = append(got, strings.TrimPrefix(name, dir)+" "+info.Mode().String())
		return err
	})
	want := []string{" drwxr-xr-x", "/opt drwxr-xr-x", "/opt/p drwxr-xr-x", "/opt/p/libp.so Lrwxrwxrwx", "/opt/p/libp.so.1 -rwxr-xr-x",
		"/srv drwxr-xr-x", "/srv/in -rwxr-xr-x", "/var drwxr-xr-x", "/var/empty drwxr-xr-x"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	left, _ := filepath.Glob(dir + ".tmp-*")
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A directory of the user's own stays, and so does a good stage when a new one fails.
func TestStageKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	p := stagedPlan(t)
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.Stage(own); err == nil || !strings.Contains(err.Error(), "not made by nanodiag") {
		t.Errorf("a directory of the user's own: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "bundle")
	if err := p.Stage(dir); err != nil {
		t.Fatal(err)
	}
	broken := *p
	broken.Entries = append(slices.Clone(p.Entries), Entry{To: "/zz", From: "/not/there"})
	if err := broken.Stage(dir); err == nil {
		t.Error("a file that is gone was staged")
	}
	if _, err := os.Stat(filepath.Join(dir, "srv/in")); err != nil {
		t.Errorf("the earlier stage: %v", err)
	}
	left, _ := filepath.Glob(dir + ".tmp-*")
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.file("/srv/in", "data")
	p, err := New(r.input(&strace.Facts{Files: []strace.FileUse{read("/srv/in")}}))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := p.Overlay(r.guest)
	if err != nil {
		t.Fatal(err)
	}
	n, ok := tree.Lookup("/srv/in")
	if !ok || n.Host != r.at("/srv/in") {
		t.Errorf("%+v, %v", n, ok)
	}
	if _, ok := r.guest.Lookup("/srv/in"); ok {
		t.Error("the guest tree itself changed")
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	p := &Plan{Entries: []Entry{{To: "/x"}}, Env: map[string]string{"LD_LIBRARY_PATH": "/lib64"}}
	for _, c := range []struct{ name, config, dir, want string }{
		{"no config", "", "bundle", `{"MapDirs": {"bundle/*": "/"}, "Env": {"LD_LIBRARY_PATH": "/lib64"}}`},
		{"keys are kept", `{"MapDirs": {"a/*": "/a"}, "Env": {"A": "1"}}`, "out/bundle",
			`{"MapDirs": {"a/*": "/a", "out/bundle/*": "/"}, "Env": {"A": "1", "LD_LIBRARY_PATH": "/lib64"}}`},
		{"nothing to do", `{"MapDirs": {"bundle/*": "/"}, "Env": {"LD_LIBRARY_PATH": "/lib64"}}`, "./bundle",
			`{"MapDirs": {"bundle/*": "/"}, "Env": {"LD_LIBRARY_PATH": "/lib64"}}`},
		{"empty object", `{"MapDirs": {}}`, "bundle", `{"MapDirs": {"bundle/*": "/"}, "Env": {"LD_LIBRARY_PATH": "/lib64"}}`},
	} {
		text := c.config
		if text == "" {
			text = "{}"
		}
		cfg, _, err := ops.ParseConfig("config.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ops.Patch([]byte(text), p.Patch(cfg, c.dir))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want, _, _ := ops.ParseConfig("want", []byte(c.want))
		patched, _, err := ops.ParseConfig("got", got)
		if err != nil || !cmp.Equal(want.MapDirs, patched.MapDirs) || !cmp.Equal(want.Env, patched.Env) {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
	if got := p.Patch(nil, "bundle"); len(got) != 2 {
		t.Errorf("without a config: %v", got)
	}
}
