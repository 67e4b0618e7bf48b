package loop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// What --exclude, --only and --libs-only keep out of the bundle comes into the image by
// no other fix: neither by the file it names nor by what its pattern matches.
func TestFixesObeyFilters(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.txt")
	for _, f := range []string{secret, secret + ".old"} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := ops.Project{Program: self, Cwd: dir, Config: &ops.Config{}}
	view, _, err := ops.View(p)
	if err != nil {
		t.Fatal(err)
	}
	mapped := func(key string) *diagnose.Fix {
		return &diagnose.Fix{Summary: "put it into the image", ConfigPatch: []ops.PatchOp{{Op: "add", Path: "/MapDirs", Value: map[string]any{key: "/etc"}}}}
	}
	for _, c := range []struct {
		name string
		opt  bundler.Options
		fix  *diagnose.Fix
		says string // "": the fix stays
	}{
		{"no filter", bundler.Options{}, mapped(secret), ""},
		{"excluded", bundler.Options{Exclude: []string{secret}}, mapped(secret), "--exclude"},
		{"excluded by its place in the image", bundler.Options{Exclude: []string{"/etc/secret.txt"}}, mapped(secret), "--exclude"},
		{"everything", bundler.Options{Exclude: []string{"**"}}, mapped(secret), "--exclude"},
		{"matched by the pattern of a fix", bundler.Options{Exclude: []string{"*.old"}}, mapped(secret + "*"), "--exclude"},
		{"another one", bundler.Options{Exclude: []string{"/etc/shadow"}}, mapped(secret), ""},
		{"not listed", bundler.Options{Only: []string{"/usr"}}, mapped(secret), "--only"},
		{"listed", bundler.Options{Only: []string{dir}}, mapped(secret), ""},
		{"no library", bundler.Options{LibsOnly: true}, mapped(secret), "--libs-only"},
		{"brings no file", bundler.Options{Exclude: []string{"**"}}, &diagnose.Fix{ConfigPatch: []ops.PatchOp{{Op: "add", Path: "/Env", Value: map[string]any{"A": "b"}}}}, ""},
		{"a copy", bundler.Options{Exclude: []string{"/etc/s"}}, &diagnose.Fix{Files: []diagnose.FileCopy{{From: "/etc/s", To: "/etc/s"}}}, "--exclude"},
	} {
		s := &session{opt: Options{Project: p, Bundle: c.opt}}
		n := len(c.fix.ConfigPatch)
		v := &diagnose.Verdict{Cause: diagnose.Finding{Fix: c.fix}}
		s.obeyFilters(v, p, view)
		got := v.Cause.Fix
		if c.says == "" && len(got.ConfigPatch) != n || c.says != "" && (!strings.Contains(got.Summary, c.says) || len(got.ConfigPatch)+len(got.Files) > 0) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
