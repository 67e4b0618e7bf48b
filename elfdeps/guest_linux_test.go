package elfdeps

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// TestGuest asks what an image would find that nobody has built: on Debian a library in
// /lib64 is found with a cache that names it, and not without.
func TestGuest(t *testing.T) {
	t.Parallel()
	host, err := NewLoader(HostFS(), Config{}).Closure("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	tree := guestfs.New()
	add := func(p string, n guestfs.Node) {
		if err := tree.Add(p, n); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range host.Objects {
		add(o.Path, guestfs.Node{Host: o.Real, Mode: 0o755})
	}
	add("/p", guestfs.Node{Content: program(lib("", "libplug.so")).build(), Mode: 0o755})
	add("/lib64/libplug.so.1", guestfs.Node{Content: lib("libplug.so").build(), Mode: 0o644})
	add("/lib64/libplug.so", guestfs.Node{Target: "/lib64/libplug.so.1", Mode: fs.ModeSymlink | 0o777})
	l := NewLoader(tree, Config{})
	c, err := l.Closure("/p")
	if err != nil {
		t.Fatal(err)
	}
	if l.interps[hostInterpreter].dirs[0] != "/lib/x86_64-linux-gnu/" {
		t.Skip("this machine's loader is not Debian's")
	}
	if d := cmp.Diff([]string{"libplug.so missing"}, inShort(c)); d != "" {
		t.Errorf("without a cache (-want +got):\n%s", d)
	}
	cache, err := EncodeCache([]CacheEntry{{Soname: "libplug.so", Path: "/lib64/libplug.so", Flags: CacheFlags(c.Program)}})
	if err != nil {
		t.Fatal(err)
	}
	add("/etc/ld.so.cache", guestfs.Node{Content: cache, Mode: 0o644})
	c, err = NewLoader(tree, Config{}).Closure("/p")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"libplug.so /lib64/libplug.so ld.so.cache"}, inShort(c)); d != "" {
		t.Errorf("with a cache (-want +got):\n%s", d)
	}
	if o, _ := c.Find("libplug.so"); o.Real != "/lib64/libplug.so.1" {
		t.Errorf("the link leads to %s", o.Real)
	}
}
