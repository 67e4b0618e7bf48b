package strace

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func collect(t *testing.T, text string, follow ...string) *Facts {
	t.Helper()
	c := NewCollector()
	c.Follow(follow...)
	if err := ReadLogWith(strings.NewReader(text), ReaderOptions{Dir: "/srv"}, func(e *Event) error { c.Add(e); return nil }); err != nil {
		t.Fatal(err)
	}
	return c.Facts()
}

// show is one line a fact, so that a whole run compares as a list.
func show(f *Facts) []string {
	var s []string
	for _, l := range f.Libraries {
		s = append(s, fmt.Sprintf("library %s as %s mapped=%v line=%d", l.Path, l.RequestedAs, l.Mapped, l.Line))
	}
	for _, u := range f.Files {
		line := fmt.Sprintf("file %s %s x%d", u.Path, u.Mode, u.Count)
		if u.Mode.StatOnly() && u.Mode&ModeDir != 0 {
			line += " (stat only)"
		}
		if u.Created {
			line += " created"
		}
		if u.BytesRead+u.BytesWritten > 0 {
			line += fmt.Sprintf(" r%d w%d", u.BytesRead, u.BytesWritten)
		}
		s = append(s, line)
	}
	for _, p := range f.NotFound {
		s = append(s, fmt.Sprintf("not found %s x%d", p.Path, p.Count))
	}
	return append(s, fmt.Sprintf("forks %d threads %d execs %v", f.Forks, f.Threads, f.Execs))
}

func TestFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		follow   []string
		want     []string
	}{
		{name: "file calls only: libraries by name", in: `
1 execve("./prog", ["./prog"], 0x1 /* 3 vars */) = 0
1 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
1 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
1 openat(AT_FDCWD, "/srv/lib/libx.so.1", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD, "/usr/lib/libx.so.1", O_RDONLY|O_CLOEXEC) = 3
1 openat(AT_FDCWD, "plugins/p.so", O_RDONLY|O_CLOEXEC) = 3
1 openat(AT_FDCWD, "/usr/lib/node_modules/a.node", O_RDONLY|O_CLOEXEC) = 3
`, want: []string{
			"library /lib/libc.so.6 as libc.so.6 mapped=false line=4",
			"library /usr/lib/libx.so.1 as libx.so.1 mapped=false line=6",
			"library /srv/plugins/p.so as /srv/plugins/p.so mapped=false line=7",
			"library /usr/lib/node_modules/a.node as /usr/lib/node_modules/a.node mapped=false line=8",
			"file /srv/prog exec x1", "file /etc/ld.so.cache r x1",
			"not found /srv/lib/libx.so.1 x1", "forks 0 threads 0 execs [/srv/prog]",
		}},
		{name: "with mmap: libraries are what is code", in: `
1 execve("/p", ["p"], 0x1 /* 3 vars */) = 0
1 openat(AT_FDCWD, "/data/looks.so", O_RDONLY) = 3
1 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0x1000
1 close(3) = 0
1 openat(AT_FDCWD, "/data/core.img", O_RDONLY) = 3
1 mmap(NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0) = 0x1000
1 mmap(NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x1000
`, want: []string{
			"library /data/core.img as /data/core.img mapped=true line=6",
			"file /p exec x1", "file /data/looks.so r x1", "forks 0 threads 0 execs [/p]",
		}},
		{name: "files", in: `
1 openat(AT_FDCWD, "/in", O_RDONLY) = 3
1 read(3, "xyz", 10) = 3
1 stat("/there", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
1 stat("/dir", {st_mode=S_IFDIR|0755, st_size=1, ...}) = 0
1 access("/out", F_OK) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD, "/out", O_WRONLY|O_CREAT, 0644) = 4
1 write(4, "abcd", 4) = 4
1 openat(AT_FDCWD, "/log", O_WRONLY|O_CREAT|O_APPEND, 0644) = 5
1 openat(AT_FDCWD, "/list", O_RDONLY|O_DIRECTORY) = 6
1 getdents64(6, 0x1 /* 3 entries */, 32768) = 72
1 mkdir("/new", 0777) = 0
1 rename("/out", "/new/out") = 0
1 readlink("/link", "x", 10) = 1
1 symlink("x", "/made") = 0
1 unlink("/log") = 0
1 stat("/none", 0x1) = -1 ENOENT (No such file or directory)
1 stat("/none", 0x1) = -1 ENOENT (No such file or directory)
1 stat("/deny", 0x1) = -1 EACCES (Permission denied)
`, want: []string{
			"file /in r x1 r3 w0", "file /there stat x1", "file /dir dir x1 (stat only)", "file /out rw x2 created r0 w4", "file /log w x1",
			"file /list dir x1", "file /new dir x1 (stat only) created", "file /new/out w x1 created", "file /link r x1", "file /made w x1 created",
			"not found /out x1", "not found /none x2", "forks 0 threads 0 execs []",
		}},
		{name: "what children execute is not the program's need", in: `
1 execve("/p", ["p"], 0x1 /* 3 vars */) = 0
1 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 2
2 openat(AT_FDCWD, "/thread", O_RDONLY) = 3
1 vfork( <unfinished ...>
3 openat(AT_FDCWD, "/forked", O_RDONLY) = 3
3 execve("/bin/sh", ["sh"], 0x1 /* 3 vars */ <unfinished ...>
1 <... vfork resumed>) = 3
3 <... execve resumed>) = 0
3 openat(AT_FDCWD, "/lib/libsh.so", O_RDONLY) = 3
3 execve("/p", ["p"], 0x1 /* 3 vars */) = 0
3 openat(AT_FDCWD, "/again", O_RDONLY) = 3
`, want: []string{
			"file /p exec x2", "file /thread r x1", "file /forked r x1", "file /again r x1",
			"forks 1 threads 1 execs [/p /bin/sh /p]",
		}},
		{name: "a wrapper", follow: []string{"/usr/bin/python3.11", "/usr/bin/python3"}, in: `
1 execve("/usr/bin/env", ["env"], 0x1 /* 3 vars */) = 0
1 openat(AT_FDCWD, "/env", O_RDONLY) = 3
1 execve("/usr/bin/python3", ["python3"], 0x1 /* 3 vars */) = 0
1 openat(AT_FDCWD, "/python", O_RDONLY) = 3
`, want: []string{"file /usr/bin/python3 exec x1", "file /python r x1", "forks 0 threads 0 execs [/usr/bin/env /usr/bin/python3]"}},
		{name: "file calls only: who executes was forked, who does not is a thread", in: `
1 execve("/p", ["p"], 0x1 /* 3 vars */) = 0
2 openat(AT_FDCWD, "/thread", O_RDONLY) = 3
3 execve("/bin/sh", ["sh"], 0x1 /* 3 vars */) = 0
3 openat(AT_FDCWD, "/lib/libsh.so", O_RDONLY) = 3
`, want: []string{"file /p exec x1", "file /thread r x1", "forks 1 threads 1 execs [/p /bin/sh]"}},
	} {
		if d := cmp.Diff(c.want, show(collect(t, c.in, c.follow...))); d != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, d)
		}
	}
}
