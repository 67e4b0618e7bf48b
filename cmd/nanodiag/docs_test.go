package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/internal/manual"
)

//go:generate go test -run TestManual -update

var update = flag.Bool("update", false, "write docs/cli.md and man/ anew")

// The reference in docs/cli.md and the pages in man/ are what the commands' help says.
func TestManual(t *testing.T) {
	t.Setenv("LD_LIBRARY_PATH", "") // the defaults of flags
	t.Setenv("LD_PRELOAD", "")
	pages := manual.Pages(rootCommand(nil))
	want := map[string][]byte{}
	var b bytes.Buffer
	if err := manual.Markdown(&b, pages); err != nil {
		t.Fatal(err)
	}
	want[filepath.Join("docs", "cli.md")] = bytes.Clone(b.Bytes())
	for _, p := range pages {
		b.Reset()
		if err := manual.Man(&b, p, pages, manual.RootSections()); err != nil {
			t.Fatal(err)
		}
		want[filepath.Join("man", manual.FileName(p))] = bytes.Clone(b.Bytes())
	}
	root := filepath.Join("..", "..")
	if *update {
		if err := os.MkdirAll(filepath.Join(root, "man"), 0o777); err != nil {
			t.Fatal(err)
		}
		for name, text := range want {
			if err := os.WriteFile(filepath.Join(root, name), text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range want {
		have, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Errorf("%v; go generate ./cmd/nanodiag writes it", err)
			continue
		}
		if diff := cmp.Diff(string(text), string(have)); diff != "" {
			t.Errorf("%s is stale; go generate ./cmd/nanodiag writes it (-want +have):\n%s", name, diff)
		}
	}
	committed, err := filepath.Glob(filepath.Join(root, "man", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range committed {
		if want[filepath.Join("man", filepath.Base(file))] == nil {
			t.Errorf("%s: no command has this page; remove it", file)
		}
	}
}
