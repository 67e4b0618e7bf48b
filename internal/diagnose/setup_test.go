package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInImage(t *testing.T) {
	t.Parallel()
	s := newSetup(Input{Config: config(t, `{"Files":["a/one.bin"],"Dirs":["tree"],"MapDirs":{"data/*":"/app/data","/usr/lib/x/libq.so.1*":"/lib64","conf/*.toml":"/etc/app"}}`)})
	for _, tc := range []struct {
		host string
		want []string
	}{
		{"a/one.bin", []string{"/a/one.bin"}},
		{"./a/one.bin", []string{"/a/one.bin"}},
		{"tree/deep/x", []string{"/tree/deep/x"}},
		{"data/c.json", []string{"/app/data/c.json"}},
		{"data/sub/c.json", []string{"/app/data/sub/c.json"}},
		{"/usr/lib/x/libq.so.1.2", []string{"/lib64/libq.so.1.2"}},
		{"conf/a.toml", []string{"/etc/app/a.toml"}},
		{"conf/a.json", nil},
		{"treetop/x", nil},
	} {
		if d := cmp.Diff(tc.want, s.inImage(tc.host)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.host, d)
		}
	}
}

func TestArgumentAndMounts(t *testing.T) {
	t.Parallel()
	s := newSetup(Input{Args: []string{"prove", "--key=keys/pk.bin", "in/w.bin", "-v", "dir/"},
		Config: config(t, `{"Mounts":{"vol":"/data"},"RunConfig":{"Mounts":["other:/data/deep"]},"ManifestPassthrough":{"cwd":"/app"}}`)})
	for p, want := range map[string]string{"keys/pk.bin": "--key=keys/pk.bin", "./in/w.bin": "in/w.bin", "/app/in/w.bin": "in/w.bin", "dir/a/b": "dir/", "x/w.bin": "", "-v": ""} {
		if got, ok := s.argument(p); got != want || ok != (want != "") {
			t.Errorf("argument(%q) = %q, %v, want %q", p, got, ok, want)
		}
	}
	for p, want := range map[string]string{"/data/x": "/data", "/data/deep/x": "/data/deep", "/database": "", "rel": ""} {
		if got, _ := s.mountOf(p); got != want {
			t.Errorf("mountOf(%q) = %q, want %q", p, got, want)
		}
	}
}
