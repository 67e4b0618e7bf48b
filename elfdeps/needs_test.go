package elfdeps

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNeeds(t *testing.T) {
	t.Parallel()
	libc := lib("libc.so.6")
	libc.verdef = []string{"libc.so.6", "GLIBC_2.4", "GLIBC_2.34", "GLIBC_2.38", "GLIBC_PRIVATE"}
	libm := lib("libm.so.6", "libc.so.6")
	libm.verdef = []string{"libm.so.6", "GLIBC_2.4"}
	libm.verneed = map[string][]string{"libc.so.6": {"GLIBC_2.38", "GLIBC_PRIVATE"}}
	liba := lib("liba.so", "libm.so.6")
	liba.verneed = map[string][]string{"libc.so.6": {"GLIBC_2.34", "~GLIBC_2.38"}, "libstdc++.so.6": {"GLIBCXX_3.4", "GLIBCXX_3.4.29", "CXXABI_1.3"}}
	p := program(lib("", "liba.so", "libc.so.6", "libstdc++.so.6"))
	p.verneed = map[string][]string{"libc.so.6": {"GLIBC_2.4", "GLIBC_ABI_DT_RELR"}, "libstdc++.so.6": {"GLIBCXX_3.4.9"}}
	p.isa = 1 << 1
	f := files{
		hostInterpreter: loaderFile(debianStrings), "/bin/p": p,
		"/lib/libc.so.6": libc, "/lib/libm.so.6": libm, "/lib/liba.so": liba, "/lib/libstdc++.so.6": lib("libstdc++.so.6"),
	}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want := Needs{Glibc: Need{"2.34", "/lib/liba.so"}, Glibcxx: Need{"3.4.29", "/lib/liba.so"}, ISA: Need{"x86-64-v2", "/bin/p"}}
	if d := cmp.Diff(want, c.Needs()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCompareVersions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{{"2.4", "2.34", -1}, {"2.34", "2.34", 0}, {"2.2.5", "2.2", 1}, {"3.4.29", "3.4.9", 1}, {"2", "", 1}, {"", "", 0}} {
		if got := compareVersions(tt.a, tt.b); got != tt.want {
			t.Errorf("%s %s: %d", tt.a, tt.b, got)
		}
	}
}
