package owner

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	t.Parallel()
	file := func(lines ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	for _, c := range []struct {
		name  string
		root  fstest.MapFS
		paths []string
		want  map[string]string
	}{
		{"dpkg", fstest.MapFS{
			"var/lib/dpkg/info/libgomp1:amd64.list": file("/.", "/usr", "/usr/lib", "/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0"),
			"var/lib/dpkg/info/libc6:amd64.list":    file("/.", "/lib/x86_64-linux-gnu/libc.so.6"),
			"var/lib/dpkg/info/base-files.list":     {Data: []byte("/etc/issue")},
			"var/lib/dpkg/info/base-files.md5sums":  file("/etc/other"),
			"var/lib/dpkg/status":                   file("Package: libgomp1", "Status: install ok installed", "Version: 12.2.0-14", "", "Package: libc6", "Version: 2.36-9"),
		}, []string{"/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/etc/issue", "/etc/other", "/opt/mine.so"},
			map[string]string{"/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0": "libgomp1 12.2.0-14", "/usr/lib/x86_64-linux-gnu/libc.so.6": "libc6 2.36-9", "/etc/issue": "base-files"}},
		{"apk", fstest.MapFS{
			"lib/apk/db/installed": file("C:Q1", "P:musl", "V:1.2.4-r2", "F:lib", "R:ld-musl-x86_64.so.1", "a:0:0:755", "", "P:zlib", "V:1.3-r0", "F:lib", "R:libz.so.1.3"),
		}, []string{"/lib/ld-musl-x86_64.so.1", "/lib/libz.so.1.3", "/lib/none"},
			map[string]string{"/lib/ld-musl-x86_64.so.1": "musl 1.2.4-r2", "/lib/libz.so.1.3": "zlib 1.3-r0"}},
		{"neither", fstest.MapFS{"etc/passwd": file("root")}, []string{"/etc/passwd"}, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(c.want, Find(c.root, c.paths)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestFindAgreesWithDpkg asks dpkg itself about every library of this system.
func TestFindAgreesWithDpkg(t *testing.T) {
	t.Parallel()
	paths := hostLibraries(t)
	got := Find(os.DirFS("/"), paths)
	out, _ := exec.Command("dpkg-query", append([]string{"-S"}, paths...)...).Output() // fails for what nobody owns
	want := map[string]string{}
	for line := range bytes.Lines(out) {
		if names, p, ok := strings.Cut(strings.TrimSpace(string(line)), ": "); ok && !strings.HasPrefix(names, "diversion ") && !strings.Contains(names, ",") {
			want[p], _, _ = strings.Cut(names, ":")
		}
	}
	wrong := 0
	for p, name := range want {
		if have, _, _ := strings.Cut(got[p], " "); have != name {
			if wrong++; wrong < 5 {
				t.Errorf("%s: %q, dpkg says %q", p, got[p], name)
			}
		}
	}
	t.Logf("%d paths, %d owned by dpkg's word, %d by ours", len(paths), len(want), len(got))
}

func hostLibraries(t testing.TB) []string {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("needs dpkg")
	}
	paths, _ := filepath.Glob("/usr/lib/x86_64-linux-gnu/*.so*")
	if len(paths) == 0 {
		t.Skip("no libraries in /usr/lib/x86_64-linux-gnu")
	}
	return paths
}

// BenchmarkFind is what a bundle's listing pays for the owners of its files.
func BenchmarkFind(b *testing.B) {
	paths := hostLibraries(b)
	for b.Loop() {
		Find(os.DirFS("/"), paths)
	}
}
