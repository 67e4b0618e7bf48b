package elfdeps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bigProgram writes a program that needs libraries of this machine until its closure has
// about 215 objects, as ffmpeg's has.
func bigProgram(tb testing.TB) string {
	tb.Helper()
	im := image{interp: hostInterpreter}
	l := NewLoader(HostFS(), Config{HWCaps: HostHWCaps()})
	libs, _ := filepath.Glob("/usr/lib/x86_64-linux-gnu/lib*.so.*")
	file := filepath.Join(tb.TempDir(), "big")
	for _, lib := range libs {
		if strings.Count(filepath.Base(lib), ".") != 2 { // libx.so.1, not libx.so.1.2.3
			continue
		}
		im.needed = append(im.needed, filepath.Base(lib))
		if len(im.needed)%10 != 0 {
			continue
		}
		if err := os.WriteFile(file, im.build(), 0o755); err != nil {
			tb.Fatal(err)
		}
		c, err := l.Closure(file)
		if err != nil {
			tb.Fatal(err)
		}
		if len(c.Objects) >= 215 {
			return file
		}
		l = NewLoader(HostFS(), Config{HWCaps: HostHWCaps()})
	}
	tb.Skip("this machine has too few libraries")
	return ""
}

// BenchmarkBigProgram is `nanodiag deps` on a program with 215 libraries, nothing cached.
func BenchmarkBigProgram(b *testing.B) {
	file := bigProgram(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewLoader(HostFS(), Config{HWCaps: HostHWCaps()}).Closure(file); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAllPrograms is one process that examines every program of /usr/bin.
func BenchmarkAllPrograms(b *testing.B) {
	names, _ := filepath.Glob("/usr/bin/*")
	var programs []string
	for _, p := range names {
		if real, err := filepath.EvalSymlinks(p); err == nil && !isNotELF(real) {
			programs = append(programs, p)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		l := NewLoader(HostFS(), Config{HWCaps: HostHWCaps()})
		for _, p := range programs {
			if _, err := l.Closure(p); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(programs)), "programs")
}
