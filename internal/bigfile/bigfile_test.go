package bigfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestCompact(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log")
	line := strings.Repeat("x", 99) + "\n"
	if err := os.WriteFile(name, []byte("first\n"+strings.Repeat(line, 10000)+"last\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if left, err := compact(name, 1<<20, 1<<20, 0); left != 0 || err != nil {
		t.Errorf("a short file: %d, %v", left, err)
	}
	left, err := compact(name, 200<<10, 100<<10, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if !strings.HasPrefix(text, "first\n") || !strings.HasSuffix(text, line+"last\n") || !strings.Contains(text, " bytes were left out here …\n"+line) {
		t.Errorf("%d bytes: %.20q … %.20q", len(text), text, text[len(text)-20:])
	}
	if want := int64(11+10000*100) - int64(len(text)) + int64(len("\n… 000000 bytes were left out here …\n")); left != want {
		t.Errorf("left out %d, want %d", left, want)
	}
}

// A file that grows takes no more of the disk than its ends.
func TestTrim(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tr, err := NewTrimmer(name)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	chunk := make([]byte, 16<<20)
	for i := range chunk {
		chunk[i] = byte('a' + i%26)
	}
	var most int64
	for range 24 { // 384 MiB
		if _, err := f.Write(chunk); err != nil {
			t.Fatal(err)
		}
		tr.Trim()
		var st syscall.Stat_t
		if err := syscall.Stat(name, &st); err != nil {
			t.Fatal(err)
		}
		most = max(most, st.Blocks*512)
	}
	if most > 300<<20 {
		t.Skipf("%d MiB: this file system punches no holes", most>>20)
	}
	if most > Head+Tail+slack+(32<<20) {
		t.Errorf("it took %d MiB", most>>20)
	}
}
