package bundler

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

func lib(p string) strace.Library { return strace.Library{Path: p, RequestedAs: p} }

func searched(p, name string) strace.Library { return strace.Library{Path: p, RequestedAs: name} }

func read(p string) strace.FileUse { return strace.FileUse{Path: p, Mode: strace.ModeRead} }

func TestPlanLibraries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		setup func(*root)
		libs  []strace.Library
		with  func(*Input)
		want  []string
	}{
		{name: "asked by path keeps it, with its chain of links", setup: func(r *root) {
			r.lib("/opt/p/libp.so.1.2")
			r.link("/opt/p/libp.so.1", "libp.so.1.2")
			r.link("/opt/p/libp.so", "libp.so.1")
		}, libs: []strace.Library{lib("/opt/p/libp.so")}, want: []string{
			"link /opt/p/libp.so -> libp.so.1", "link /opt/p/libp.so.1 -> libp.so.1.2", "library /opt/p/libp.so.1.2 <- /opt/p/libp.so.1.2",
		}},
		{name: "searched for and found through the cache goes into lib64", setup: func(r *root) {
			r.lib("/usr/local/lib/libq.so.1.5", "soname=libq.so.1")
			r.link("/usr/local/lib/libq.so.1", "libq.so.1.5")
			r.cache("/usr/local/lib/libq.so.1")
		}, libs: []strace.Library{searched("/usr/local/lib/libq.so.1", "libq.so.1")}, want: []string{
			"cache <nil>", "  libq.so.1 => /lib64/libq.so.1", "library /lib64/libq.so.1 <- /usr/local/lib/libq.so.1.5",
		}},
		{name: "no evidence, but the model finds it by name: both ways work", setup: func(r *root) {
			r.lib("/usr/lib/x86_64-linux-gnu/libd.so", "soname=libd.so")
		}, libs: []strace.Library{lib("/usr/lib/x86_64-linux-gnu/libd.so")}, want: []string{
			"cache <nil>", "  libd.so => /lib64/libd.so", "library /lib64/libd.so <- /usr/lib/x86_64-linux-gnu/libd.so",
			"link /usr/lib/x86_64-linux-gnu/libd.so -> ../../../lib64/libd.so",
		}},
		{name: "a plugin brings what it needs, though the record does not show it", setup: func(r *root) {
			r.lib("/usr/local/lib/libdep.so.2", "soname=libdep.so.2")
			r.lib("/opt/plug.so", "/usr/local/lib/libdep.so.2")
			r.cache("/usr/local/lib/libdep.so.2")
		}, libs: []strace.Library{lib("/opt/plug.so")}, want: []string{
			"cache <nil>", "  libdep.so.2 => /lib64/libdep.so.2", "library /lib64/libdep.so.2 <- /usr/local/lib/libdep.so.2",
			"library /opt/plug.so <- /opt/plug.so",
		}},
		{name: "what is found through RUNPATH keeps its path", setup: func(r *root) {
			r.lib("/opt/deps/libdep.so", "soname=libdep.so")
			r.lib("/opt/plug.so", "/opt/deps/libdep.so", "runpath=$ORIGIN/deps")
		}, libs: []strace.Library{lib("/opt/plug.so"), lib("/opt/deps/libdep.so")}, want: []string{
			"library /opt/deps/libdep.so <- /opt/deps/libdep.so", "library /opt/plug.so <- /opt/plug.so",
		}},
		{name: "a library that uses $ORIGIN keeps its path, and the cache names it there", setup: func(r *root) {
			r.lib("/usr/local/lib/sub/libin.so", "soname=libin.so")
			r.lib("/usr/local/lib/libo.so", "soname=libo.so", "/usr/local/lib/sub/libin.so", "runpath=$ORIGIN/sub")
			r.cache("/usr/local/lib/libo.so")
		}, libs: []strace.Library{searched("/usr/local/lib/libo.so", "libo.so")}, want: []string{
			"cache <nil>", "  libo.so => /usr/local/lib/libo.so",
			"library /usr/local/lib/libo.so <- /usr/local/lib/libo.so", "library /usr/local/lib/sub/libin.so <- /usr/local/lib/sub/libin.so",
		}},
		{name: "in the image, but where only the host's cache looks: its name is enough", setup: func(r *root) {
			r.lib("/usr/local/lib/libq.so.1", "soname=libq.so.1")
			r.cache("/usr/local/lib/libq.so.1")
			r.inGuest("/usr/local/lib/libq.so.1", "/usr/local/lib/libq.so.1")
		}, libs: []strace.Library{searched("/usr/local/lib/libq.so.1", "libq.so.1")}, want: []string{
			"cache <nil>", "  libq.so.1 => /usr/local/lib/libq.so.1",
		}},
		{name: "in the image where the guest's loader looks", setup: func(r *root) {
			r.lib("/usr/lib/x86_64-linux-gnu/libz.so.1", "soname=libz.so.1")
			r.inGuest("/usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/x86_64-linux-gnu/libz.so.1")
		}, libs: []strace.Library{searched("/usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1")}},
		{name: "one file under two names is one file", setup: func(r *root) {
			r.lib("/opt/a/lib1.so")
			r.must(os.MkdirAll(r.at("/opt/b"), 0o755))
			r.must(os.Link(r.at("/opt/a/lib1.so"), r.at("/opt/b/lib2.so")))
		}, libs: []strace.Library{lib("/opt/a/lib1.so"), lib("/opt/b/lib2.so")}, want: []string{
			"library /opt/a/lib1.so <- /opt/a/lib1.so", "link /opt/b/lib2.so -> ../a/lib1.so",
		}},
		{name: "the generic copy in place of this machine's", setup: func(r *root) {
			r.lib("/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libh.so.1", "soname=libh.so.1")
			r.lib("/usr/lib/x86_64-linux-gnu/libh.so.1", "soname=libh.so.1")
		}, libs: []strace.Library{searched("/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libh.so.1", "libh.so.1")}, want: []string{
			"cache <nil>", "  libh.so.1 => /lib64/libh.so.1", "library /lib64/libh.so.1 <- /usr/lib/x86_64-linux-gnu/libh.so.1",
		}},
		{name: "a relative path starts from the guest's directory", setup: func(r *root) {
			r.lib("/home/u/plugins/p.so")
		}, libs: []strace.Library{{Path: "/home/u/plugins/p.so", Asked: "./plugins/p.so", RequestedAs: "/home/u/plugins/p.so"}},
			with: func(in *Input) { in.HostCwd, in.Cwd = "/home/u", "/srv" }, want: []string{"library /srv/plugins/p.so <- /home/u/plugins/p.so"}},
		{name: "code that is no ELF file is data", setup: func(r *root) {
			r.file("/opt/sbcl.core", "not ELF")
		}, libs: []strace.Library{lib("/opt/sbcl.core")}, want: []string{"data /opt/sbcl.core <- /opt/sbcl.core"}},
		{name: "gone since", libs: []strace.Library{lib("/opt/gone.so")}, want: []string{"dropped /opt/gone.so: is no longer there"}},
		{name: "found natively by a search path that only another object knew", setup: func(r *root) {
			r.lib("/opt/secret/libs.so", "soname=libs.so")
		}, libs: []strace.Library{searched("/opt/secret/libs.so", "libs.so")}, want: []string{
			"cache <nil>", "  libs.so => /opt/secret/libs.so", "library /opt/secret/libs.so <- /opt/secret/libs.so",
		}},
		{name: "missing natively too", setup: func(r *root) {
			r.lib("/tmp/libgone.so", "soname=libgone.so")
			r.lib("/opt/plug.so", "/tmp/libgone.so")
			r.must(os.Remove(r.at("/tmp/libgone.so")))
		}, libs: []strace.Library{lib("/opt/plug.so")}, want: []string{"library /opt/plug.so <- /opt/plug.so", "unresolved libgone.so"}},
		{name: "keep paths", setup: func(r *root) {
			r.lib("/usr/local/lib/libq.so.1", "soname=libq.so.1")
			r.cache("/usr/local/lib/libq.so.1")
		}, libs: []strace.Library{searched("/usr/local/lib/libq.so.1", "libq.so.1")}, with: func(in *Input) { in.KeepPaths = true }, want: []string{
			"cache <nil>", "  libq.so.1 => /usr/local/lib/libq.so.1", "library /usr/local/lib/libq.so.1 <- /usr/local/lib/libq.so.1",
		}},
		{name: "flat, in a directory of one's choice: what is asked by path keeps it", setup: func(r *root) {
			r.lib("/opt/p.so")
			r.lib("/usr/local/lib/libq.so.1", "soname=libq.so.1")
			r.cache("/usr/local/lib/libq.so.1")
		}, libs: []strace.Library{lib("/opt/p.so"), searched("/usr/local/lib/libq.so.1", "libq.so.1")}, with: func(in *Input) { in.Flat, in.LibDir = true, "mylibs" }, want: []string{
			"cache <nil>", "  libq.so.1 => /mylibs/libq.so.1", "library /mylibs/libq.so.1 <- /usr/local/lib/libq.so.1", "library /opt/p.so <- /opt/p.so",
		}},
		{name: "excluded", setup: func(r *root) {
			r.lib("/opt/p.so")
		}, libs: []strace.Library{lib("/opt/p.so")}, with: func(in *Input) { in.Exclude = []string{"p.so"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRoot(t)
			if c.setup != nil {
				c.setup(r)
			}
			in := r.input(&strace.Facts{Libraries: c.libs})
			if c.with != nil {
				c.with(&in)
			}
			p, err := New(in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, show(p)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestPlanData(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.file("/srv/data/in.txt", "x")
	r.file("/srv/data/only-there", "x")
	r.file("/usr/share/zoneinfo/Etc/UTC", "x")
	r.link("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC")
	r.link("/opt/current", "releases/42")
	r.file("/opt/releases/42/conf", "x")
	r.link("/opt/broken", "nowhere")
	r.file("/proc/4711/mounts", "")
	r.link("/proc/mounts", "4711/mounts")
	r.link("/etc/mtab", "../proc/mounts")
	r.file("/etc/shadow", "x")
	r.file("/home/u/cfg.toml", "x")
	r.file("/sys/devices/cpu", "8\n")
	r.file("/proc/sys/vm/x", "1\n")
	r.file("/out/old.log", "x")
	r.file("/vol/x", "x")
	r.must(os.MkdirAll(r.at("/dev/shm"), 0o755))
	r.file("/etc/passwd", "root:x:0\nnobody:x:1\n")
	r.must(os.MkdirAll(r.at("/var/empty"), 0o755))
	r.must(r.guest.Add("/vol", guestfs.Node{Mode: os.ModeDir | 0o755, Origin: `Mounts["v"]`}))
	r.must(r.guest.Add("/etc/passwd", guestfs.Node{Mode: 0o644, Content: []byte("root"), Origin: "ops"}))
	facts := &strace.Facts{Files: []strace.FileUse{
		read("/srv/data/in.txt"),
		{Path: "/srv/data/only-there", Mode: strace.ModeStat},
		read("/etc/localtime"), read("/opt/current/conf"), read("/opt/broken"), read("/etc/mtab"), read("/etc/shadow"),
		{Path: "/home/u/cfg.toml", Asked: "cfg.toml", Mode: strace.ModeRead},
		read("/sys/devices/cpu"), read("/proc/meminfo"), read("/proc/sys/vm/x"), read("/etc/ld.so.cache"), read("/vol/x"), read("/etc/passwd"),
		{Path: "/var/empty", Mode: strace.ModeDir | strace.ModeListed},
		{Path: "/out/new.bin", Mode: strace.ModeWrite, Created: true},
		{Path: "/dev/shm/ring", Mode: strace.ModeRead | strace.ModeWrite, Creates: true},
		{Path: "/app/prog", Mode: strace.ModeExec}, {Path: "/bin/sh", Mode: strace.ModeExec},
		read("rel"),
	}}
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	in := r.input(facts)
	in.Table, in.IncludeFrozen = table, []string{"/proc/sys/vm/*"}
	p, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"data /cfg.toml <- /home/u/cfg.toml",
		"link /etc/localtime -> ../usr/share/zoneinfo/Etc/UTC",
		"data /etc/passwd <- /etc/passwd",
		"link /opt/current -> releases/42", "data /opt/releases/42/conf <- /opt/releases/42/conf",
		"dir /opt/releases/42",
		"dir /dev/shm", "dir /out", "data /proc/sys/vm/x",
		"data /srv/data/in.txt <- /srv/data/in.txt", "data /srv/data/only-there <- /srv/data/only-there",
		"data /usr/share/zoneinfo/Etc/UTC <- /usr/share/zoneinfo/Etc/UTC", "dir /var/empty",
		"dropped /opt/broken: is a dangling link to nowhere",
		"dropped /etc/mtab: is a link to /proc/mounts, which the kernel makes",
		"dropped /etc/shadow: the password file is not bundled; map it by hand if the program needs it",
		"dropped /sys/devices/cpu: describes this machine while it runs, and Nanos has no such file; --include-frozen bundles it as it is now",
		"dropped /vol/x: lies below the mount point /vol: the volume provides it",
		"dropped /bin/sh: was executed: Nanos runs one program",
		"dropped rel: was used by a relative path, and the directory of the native run is not known",
	}
	sortOption := cmp.Transformer("sorted", sorted)
	if d := cmp.Diff(want, show(p), sortOption); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	in.LibsOnly = true
	if p, err := New(in); err != nil || len(p.Entries) > 0 {
		t.Errorf("libraries only: %v, %v", show(p), err)
	}
}

// TestPlanNamesOfData: a file that is asked for by two names is copied, as git(1) reads
// a symlink in the place of .git/HEAD for something else; what the program comes to by
// a relative path lies below the guest's working directory.
func TestPlanNamesOfData(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.file("/home/u/repo/.git/HEAD", "ref: refs/heads/main\n")
	r.file("/home/u/repo/.git/refs/heads/main", "0123")
	r.file("/home/u/other/x", "x")
	facts := &strace.Facts{Syscalls: map[string]int{"getcwd": 1}, Files: []strace.FileUse{
		{Path: "/home/u/repo", Asked: "repo", Mode: strace.ModeDir},
		{Path: "/home/u/repo/.git/HEAD", Mode: strace.ModeRead},
		{Path: "/home/u/repo/.git/refs/heads/main", Asked: ".git/refs/heads/main", Mode: strace.ModeRead},
		{Path: "/home/u/other/x", Asked: "x", Mode: strace.ModeRead},
	}}
	in := r.input(facts)
	in.HostCwd, in.Cwd = "/home/u", "/"
	p, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"dir /repo",
		"data /repo/.git/HEAD <- /home/u/repo/.git/HEAD", "data /home/u/repo/.git/HEAD <- /home/u/repo/.git/HEAD",
		"data /repo/.git/refs/heads/main <- /home/u/repo/.git/refs/heads/main",
		"data /home/u/other/x <- /home/u/other/x",
	}
	if d := cmp.Diff(want, show(p), cmp.Transformer("sorted", sorted)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// The host says /lib -> usr/lib; the image has a real /lib. Both names must work.
func TestPlanMergedUsr(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must(os.Rename(r.at("/lib"), r.at("/usrlib")))
	r.must(os.MkdirAll(r.at("/usr"), 0o755))
	r.must(os.Rename(r.at("/usrlib"), r.at("/usr/lib")))
	r.link("/lib", "usr/lib")
	r.guest.Remove("/lib")
	r.inGuest("/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6")
	r.lib("/usr/lib/x86_64-linux-gnu/plug/p.so")
	p, err := New(r.input(&strace.Facts{Libraries: []strace.Library{
		lib("/usr/lib/x86_64-linux-gnu/plug/p.so"), lib("/lib/x86_64-linux-gnu/plug/p.so"), lib("/usr/lib/x86_64-linux-gnu/libc.so.6"),
	}}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"link /lib/x86_64-linux-gnu/plug/p.so -> ../../../usr/lib/x86_64-linux-gnu/plug/p.so",
		"data /lib/x86_64-linux-gnu/libc.so.6 <- /lib/x86_64-linux-gnu/libc.so.6",
		"link /usr/lib/x86_64-linux-gnu/libc.so.6 -> ../../../lib/x86_64-linux-gnu/libc.so.6",
		"library /usr/lib/x86_64-linux-gnu/plug/p.so <- /usr/lib/x86_64-linux-gnu/plug/p.so",
	}
	if d := cmp.Diff(want, show(p), cmp.Transformer("sorted", sorted)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestPlanNames: a name that Nanos cannot open is told, not bundled.
func TestPlanNames(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.file("/data/x\xff.txt", "x")
	plan, err := New(r.input(&strace.Facts{Files: []strace.FileUse{read("/data/x\xff.txt")}}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"dropped /data/x\xff.txt: has a name that is not UTF-8, which Nanos cannot open (ENAMETOOLONG): rename it"}
	if d := cmp.Diff(want, show(plan)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
