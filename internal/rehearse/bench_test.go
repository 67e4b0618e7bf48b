//go:build linux && amd64

package rehearse

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// What a user waits for besides the program: a rehearsal of a program that does
// nothing, in images of different sizes.
func BenchmarkRehearseHello(b *testing.B) {
	needNamespaces(b)
	program := compile(b, "testdata/hello.c", "-static")
	for _, c := range []struct {
		name  string
		files int
		size  int
	}{
		{"empty image", 0, 0},
		{"500 libraries", 500, 200 << 10},
		{"2000 small files", 2000, 8 << 10},
	} {
		b.Run(c.name, func(b *testing.B) {
			view := hostView(b, program)
			dir := b.TempDir()
			content := bytes.Repeat([]byte{1}, c.size)
			for i := range c.files {
				name := filepath.Join(dir, fmt.Sprintf("f%d", i))
				if err := os.WriteFile(name, content, 0o644); err != nil {
					b.Fatal(err)
				}
				if err := view.Add(fmt.Sprintf("/usr/lib/d%d/f%d", i%20, i), guestfs.Node{Mode: 0o644, Host: name}); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := Run(context.Background(), Spec{View: view, Program: program}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The least that any rehearsal costs on this machine: starting this very program.
func BenchmarkStartSelf(b *testing.B) {
	for b.Loop() {
		cmd := exec.Command("/proc/self/exe", "-test.run=^$")
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAvailable(b *testing.B) {
	needNamespaces(b)
	for b.Loop() {
		if ok, reason := Available(); !ok {
			b.Fatal(reason)
		}
	}
}
