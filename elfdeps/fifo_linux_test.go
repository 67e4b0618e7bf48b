package elfdeps

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFIFO makes sure that nothing is opened that could block or act on it.
func TestFIFO(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"libfifo.so", "program"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Skip("no FIFOs here: ", err)
		}
	}
	p := filepath.Join(dir, "p")
	if err := os.WriteFile(p, program(lib("", "libfifo.so")).build(), 0o755); err != nil {
		t.Fatal(err)
	}
	l := NewLoader(HostFS(), Config{LibraryPath: dir})
	if _, err := l.Closure(filepath.Join(dir, "program")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a FIFO as a program: %v", err)
	}
	c, err := l.Closure(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Missing) != 1 || !strings.Contains(c.Missing[0].Reason, "not a regular file") {
		t.Errorf("a FIFO as a library: %+v", c.Missing)
	}
}
