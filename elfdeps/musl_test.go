package elfdeps

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMusl(t *testing.T) {
	t.Parallel()
	muslLoader := string(image{soname: "libc.musl-x86_64.so.1"}.build())
	f := files{
		muslInterpreterPath: muslLoader,
		"/bin/p":            image{interp: muslInterpreterPath, needed: []string{"liba.so", "libc.musl-x86_64.so.1", "libpthread.so.0"}, runpath: ptr("$ORIGIN/../r")},
		"/r/liba.so":        lib("liba.so", "libb.so", "libl.so"),
		"/r/libb.so":        lib("libb.so"),
		"/usr/lib/libl.so":  lib("libl.so"), "/usr/local/lib/libl.so": lib("libl.so"), "/lib64/libl.so": lib("libl.so"),
	}
	c, err := NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"liba.so /bin/../r/liba.so runpath", "libb.so /bin/../r/libb.so runpath", "libl.so /usr/local/lib/libl.so default"}
	if d := cmp.Diff(want, inShort(c)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	f["/etc/ld-musl-x86_64.path"] = "/lib64\n"
	c, err = NewLoader(f.fs(t), Config{}).Closure("/bin/p")
	if err != nil {
		t.Fatal(err)
	}
	want[2] = "libl.so /lib64/libl.so default"
	if d := cmp.Diff(want, inShort(c)); d != "" {
		t.Errorf("with a path file (-want +got):\n%s", d)
	}
}

const muslInterpreterPath = "/lib/ld-musl-x86_64.so.1"
