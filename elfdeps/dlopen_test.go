package elfdeps

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDlopen(t *testing.T) {
	t.Parallel()
	f := files{
		hostInterpreter:    loaderFile(debianStrings),
		"/bin/p":           program(image{needed: []string{"liba.so"}, rpath: ptr("/main")}),
		"/main/liba.so":    image{soname: "liba.so", runpath: ptr("/plug")},
		"/plug/libplug.so": lib("libplug.so", "libdep.so", "liba.so"),
		"/main/libdep.so":  lib("libdep.so"),
		"/plug/libdep.so":  lib("libdep.so"),
		"/work/x.so":       lib("", "libgone.so"),
	}
	l := NewLoader(f.fs(t), Config{Cwd: "/work"})
	c, err := l.Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	before := inShort(c)
	tests := []struct {
		caller, name string
		want         []string
	}{
		// The new object's own needs do not see the caller's path, but the program's.
		{"/main/liba.so", "libplug.so", []string{"libplug.so /plug/libplug.so runpath", "libdep.so /main/libdep.so rpath"}},
		{"liba.so", "libplug.so", []string{"libplug.so /plug/libplug.so runpath", "libdep.so /main/libdep.so rpath"}},
		{"", "libplug.so", []string{"libplug.so missing"}},
		{"", "/plug/libplug.so", []string{"/plug/libplug.so /plug/libplug.so needed-path", "libdep.so /main/libdep.so rpath"}},
		{"", "./x.so", []string{"./x.so /work/./x.so needed-path", "libgone.so missing"}},
		{"", "liba.so", nil},
		{"", "", nil},
		{"", "$ORIGIN/../plug/libdep.so", []string{"$ORIGIN/../plug/libdep.so /bin/../plug/libdep.so needed-path"}},
	}
	for _, tt := range tests {
		added, err := l.Dlopen(c, tt.caller, tt.name)
		if err != nil {
			t.Errorf("%s from %q: %v", tt.name, tt.caller, err)
			continue
		}
		if d := cmp.Diff(tt.want, inShort(added)); d != "" {
			t.Errorf("%s from %q (-want +got):\n%s", tt.name, tt.caller, d)
		}
	}
	if d := cmp.Diff(before, inShort(c)); d != "" {
		t.Errorf("dlopen changed the closure it was asked about:\n%s", d)
	}
	first, err := l.Dlopen(c, "liba.so", "libplug.so")
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.Dlopen(first, "", "libdep.so")
	if err != nil || len(second.Objects) != 0 {
		t.Errorf("what the first dlopen loaded is loaded again: %v %v", inShort(second), err)
	}
	if got := first.Chain("libdep.so"); !cmp.Equal(got, []string{"/bin/p", "libplug.so", "libdep.so"}) {
		t.Errorf("chain of a dlopened library: %q", got)
	}
	if _, err := l.Dlopen(c, "libnobody.so", "x"); err == nil {
		t.Error("a caller that does not exist is no error")
	}
}
