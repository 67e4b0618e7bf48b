package bundler

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

func TestGconv(t *testing.T) {
	t.Parallel()
	const dir = "/usr/lib/x86_64-linux-gnu/gconv/"
	const table = "# made by nanodiag: the character sets of this image\n"
	const euckr = "module\tEUC-KR//\tINTERNAL\tEUC-KR\t1\nmodule\tINTERNAL\tEUC-KR//\tEUC-KR\t1\nalias\tEUCKR//\tEUC-KR//\n"
	for _, c := range []struct {
		name  string
		files []string
		libs  []string
		opt   Options
		want  string   // of the generated table; "" for none
		has   []string // of the host's tables
	}{
		{name: "one set of the cache", files: []string{"gconv-modules.cache"}, libs: []string{"EUC-KR.so"}, want: table + euckr},
		{name: "none of the cache", files: []string{"gconv-modules.cache"}, want: table},
		{name: "the tables themselves", files: []string{"gconv-modules", "gconv-modules.d/extra.conf"}, libs: []string{"EUC-KR.so"}, want: table + euckr},
		{name: "all sets", files: []string{"gconv-modules.cache"}, libs: []string{"EUC-KR.so", "BIG5.so"}, has: []string{"gconv-modules.cache"}},
		{name: "the family", files: []string{"gconv-modules.cache"}, opt: Options{IncludeFamily: []string{"gconv"}},
			has: []string{"gconv-modules", "gconv-modules.cache", "gconv-modules.d/extra.conf"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRoot(t)
			r.file(dir+"gconv-modules", "# sets\nalias\tBIG-5//\t\tBIG5//\nmodule\tBIG5//\tINTERNAL\tBIG5\t1\n")
			r.file(dir+"gconv-modules.d/extra.conf", "alias\tEUCKR//\t\t\tEUC-KR//\nmodule EUC-KR//\tINTERNAL\tEUC-KR 1 # both ways\nmodule\tINTERNAL\tEUC-KR//\tEUC-KR\t1\n")
			r.file(dir+"gconv-modules.cache", "binary")
			r.lib(dir + "EUC-KR.so")
			r.lib(dir + "BIG5.so")
			facts := &strace.Facts{}
			for _, f := range c.files {
				facts.Files = append(facts.Files, read(dir+f))
			}
			for _, l := range c.libs {
				facts.Libraries = append(facts.Libraries, lib(dir+l))
			}
			in := r.input(facts)
			in.Options = c.opt
			plan, err := New(in)
			if err != nil {
				t.Fatal(err)
			}
			got, has := "", []string(nil)
			for _, e := range plan.Entries {
				switch {
				case e.To == dir+"gconv-modules" && e.From == "":
					got = string(e.Content)
				case slices.Contains([]string{dir + "gconv-modules", dir + "gconv-modules.cache", dir + "gconv-modules.d/extra.conf"}, e.To):
					has = append(has, e.To[len(dir):])
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("table -want +got:\n%s", d)
			}
			if d := cmp.Diff(c.has, has); d != "" {
				t.Errorf("host's tables -want +got:\n%s", d)
			}
		})
	}
}
