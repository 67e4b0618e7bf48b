package elfdeps

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChainAndTree(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter: loaderFile(debianStrings),
		"/bin/p":        program(lib("", "liba.so", "libb.so")),
		"/lib/liba.so":  lib("liba.so", "libc.so"),
		"/lib/libb.so":  lib("libb.so", "libc.so", "libgone.so"),
		"/lib/libc.so":  lib("libc.so", "libd.so"),
		"/lib/libd.so":  lib("libd.so"),
		"/lib/libe.so":  lib("libe.so", "libd.so"),
	}
	c, err := NewLoader(f.fs(t), Config{Preload: "libe.so"}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		want []string
	}{
		{"libc.so", []string{"/bin/p", "liba.so", "libc.so"}},
		{"libd.so", []string{"/bin/p", "libe.so", "libd.so"}},
		{"/lib/liba.so", []string{"/bin/p", "liba.so"}},
		{"libgone.so", []string{"/bin/p", "libb.so", "libgone.so"}},
		{"libe.so", []string{"/bin/p", "libe.so"}},
		{"libz.so", nil},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, c.Chain(tt.name)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
	want := `/bin/p
  libe.so
    libd.so
  liba.so
    libc.so
      libd.so
  libb.so
    libc.so (repeated)
    libgone.so (missing)
`
	if d := cmp.Diff(want, drawTree(c.Tree(), "")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	want = `/bin/p
  libe.so
    libd.so
  liba.so
    libc.so
      libd.so
  libb.so
    libc.so (repeated)
`
	if d := cmp.Diff(want, drawTree(c.TreeTo("libd.so"), "")); d != "" {
		t.Errorf("all that leads to libd.so (-want +got):\n%s", d)
	}
}

func drawTree(n *Node, indent string) string {
	s := indent + n.Name
	if n.Repeated {
		s += " (repeated)"
	}
	if n.Missing {
		s += " (missing)"
	}
	s += "\n"
	for _, c := range n.Children {
		s += drawTree(c, indent+"  ")
	}
	return s
}
