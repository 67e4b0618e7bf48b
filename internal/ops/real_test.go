package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// needOps finds an installation that can run guests, or skips the test.
func needOps(t *testing.T) Installation {
	t.Helper()
	if testing.Short() {
		t.Skip("boots guests")
	}
	in, err := Find()
	if err != nil {
		t.Skip(err)
	}
	if l, ok := in.Usable(); !ok {
		t.Skipf("%s; install it with: %s", l.Why, l.Hint)
	}
	if in.Nanos == "" {
		t.Skip("no Nanos release is installed")
	}
	return in
}

// compile builds C source at path with gcc, or skips the test.
func compile(t *testing.T, path, source string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not installed")
	}
	cmd := exec.Command("gcc", append([]string{"-x", "c", "-w", "-o", path, "-"}, args...)...)
	cmd.Dir = filepath.Dir(path)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
}

// lay makes a directory of files; a name that ends in / is a directory, a content
// that starts with "-> " a symlink.
func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		target, link := strings.CutPrefix(content, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(p, 0o755)
		case link:
			err = os.Symlink(target, p)
		default:
			err = os.WriteFile(p, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// viewCase is a project whose image Ops builds or refuses.
type viewCase struct {
	name    string
	config  string // "" for none
	where   string // the config's directory, "" is the working directory
	program string // "" is ./prog
	flags   Flags
	cwd     string // below the project, "" is the project itself
	env     []string
	refused string // cause id of the issue at which Ops stops
	warned  string // cause id of an issue that it does not stop at
}

var viewCases = []viewCase{
	{name: "no config"},
	{name: "files", config: `{"Files": ["a.txt", "sub/b.txt", "link.txt"]}`},
	{name: "files below a dot", config: `{"Files": ["./a.txt"]}`, warned: "ops.files-dot-path"},
	{name: "files above", config: `{"Files": ["../a.txt"]}`, cwd: "sub", program: "../prog", warned: "ops.files-dot-path"},
	{name: "absolute file", config: `{"Files": ["/etc/hostname"]}`, refused: "ops.files-absolute-path"},
	{name: "missing file", config: `{"Files": ["nope"]}`, refused: "ops.file-missing"},
	{name: "empty file name", config: `{"Files": [""]}`, refused: "ops.config-value"},
	{name: "directory as file", config: `{"Files": ["sub"]}`, refused: "ops.config-value"},
	{name: "file is relative to cwd, not config", config: `{"Files": ["a.txt"]}`, where: "conf"},
	{name: "dirs", config: `{"Dirs": ["sub", "./tree/deep", "links"]}`},
	{name: "missing dir", config: `{"Dirs": ["nope"]}`, refused: "ops.file-missing"},
	{name: "dir by a link", config: `{"Dirs": ["dirlink"]}`, warned: "missing-data.symlink-target"},
	{name: "dir by a link with slash", config: `{"Dirs": ["dirlink/"]}`},
	{name: "dangling link in dir", config: `{"Dirs": ["dangling"]}`, warned: "missing-data.symlink-target"},
	{name: "mapdirs", config: `{"MapDirs": {"tree/*": "/data", "links/*": "/usr/lib"}}`},
	{name: "mapdirs onto root", config: `{"MapDirs": {"tree/*": "/"}}`},
	{name: "mapdirs pattern", config: `{"MapDirs": {"tree/*.so*": "/lib64"}}`},
	{name: "mapdirs matches nothing", config: `{"MapDirs": {"tree/*.zip": "/z"}}`, warned: "ops.mapdirs-pattern"},
	{name: "mapdirs without directory", config: `{"MapDirs": {"a*": "/x"}}`, refused: "ops.mapdirs-pattern"},
	{name: "mapdirs beside the config", config: `{"MapDirs": {"c*": "/x", "../tree/*": "/y"}}`, where: "conf"},
	{name: "mapdirs with a dangling link", config: `{"MapDirs": {"dangling/*": "/x"}}`, refused: "missing-data.symlink-target"},
	{name: "argument equals mapped directory", config: `{"MapDirs": {"tree/*": "/data"}, "Args": ["data"]}`, refused: "ops.config-value"},
	{name: "below a link", config: `{"MapDirs": {"links/*": "/"}, "Dirs": ["lib"]}`, refused: "ops.other"},
	{name: "mounts", config: `{"Mounts": {"vol": "/data/vol:ro"}}`, refused: "ops.volume-not-found"},
	{name: "own passwd", config: `{"Files": ["etc/passwd"], "NameServers": ["1.1.1.1"]}`},
	{name: "program in config", config: `{"Program": "sub/prog2"}`, warned: "ops.config-value"},
	{name: "static program", program: "sub/static"},
	{name: "not there", program: "./nope", refused: "ops.program-not-found"},
	{name: "script", program: "./script.sh", refused: "bad-program.not-elf"},
	{name: "library below cwd", program: "./needs"},
	{name: "library of another directory", program: "../needs", cwd: "sub"},
	{name: "missing library", program: "./lacks", refused: "missing-lib.needed-on-host"},
	{name: "symlinked program", program: "./proglink", warned: "bad-program.symlinked"},
	{name: "mapped over the closure", config: `{"MapDirs": {"fake/*": "/lib/x86_64-linux-gnu"}}`},
	{name: "target root below cwd", program: "/BASE/prog", flags: Flags{TargetRoot: "root"},
		config: `{"Files": ["a.txt"], "MapDirs": {"/share/*": "/share"}}`},
	{name: "target root only", program: "/nowhere/prog", flags: Flags{TargetRoot: "root"}, refused: "ops.program-not-found"},
	{name: "target root elsewhere", program: "/BASE/prog", flags: Flags{TargetRoot: "../root"}, cwd: "sub",
		config: `{"MapDirs": {"../tree/*": "/t"}}`},
	{name: "root as working directory", cwd: "/", program: "BASE/prog", warned: "missing-lib.search-path"},
	{name: "path with a blank", program: "with blank/needs2", warned: "missing-lib.search-path"},
	{name: "host library path", program: "./needs3", env: []string{"LD_LIBRARY_PATH=/BASE/own"}},
	{name: "arguments", flags: Flags{Args: []string{"-x", "a.txt"}, Envs: []string{"A=1"}, Memory: "1g", SMP: 2, Netmask: "x"}},
	{name: "flag value without equals", flags: Flags{Envs: []string{"A"}}, refused: "ops.config-value"},
	{name: "target root with an absolute link for a loader", program: "/usr/bin/env", flags: Flags{TargetRoot: "debian"}, warned: "missing-lib.search-path"},
	{name: "defaults below a config", env: []string{"OPS_DEFAULT_CONFIG=/BASE/rc.json"}, config: `{"Files": ["a.txt"], "Env": {"A": "1"}}`},
	{name: "kernel that is not there", config: `{"Kernel": "none.img"}`, refused: "ops.kernel-not-available"},
	{name: "kernel that is a directory", config: `{"Kernel": "tree"}`, refused: "ops.kernel-not-available"},
	{name: "boot loader that is not there", config: `{"Boot": "none.img"}`, refused: "ops.kernel-not-available"},
	{name: "klib directory that is not there", config: `{"KlibDir": "none", "Klibs": ["tmpfs"]}`, warned: "ops.klib-not-found"},
	{name: "more memory than the host", config: `{"RunConfig": {"Memory": "900000g"}}`, warned: "ops.host-memory"},
	{name: "image smaller than its files", config: `{"BaseVolumeSz": "1k"}`, warned: "ops.config-value"},
	{name: "text after the end", config: "{\"Files\": [\"a.txt\"]}\n# the end\n", warned: "ops.config-syntax"},
	{name: "passthrough of a boolean", config: `{"ManifestPassthrough": {"debug_exit": true}}`, refused: "ops.config-type"},
}

func project(t *testing.T) string {
	dir := t.TempDir()
	lay(t, dir, map[string]string{
		"a.txt": "a", "sub/b.txt": "b", "link.txt": "-> a.txt", "conf/c.txt": "c", "conf/d/c2.txt": "c",
		"tree/x": "x", "tree/empty/": "", "tree/deep/y": "y", "tree/deep/liby.so.1": "y", "tree/libz.so": "-> deep/liby.so.1",
		"links/lib": "-> ../tree", "links/libq.so": "-> libq.so.2", "links/libq.so.2": "q", "lib/file": "f",
		"dirlink": "-> tree", "dangling/l": "-> nowhere", "dangling/f": "f", "etc/passwd": "me:x:1:1::/:/bin/sh\n",
		"rc.json":   `{"Files": ["sub/b.txt"], "MapDirs": {"tree/*": "/t"}, "RunConfig": {"Memory": "1m"}}`,
		"script.sh": "#!/bin/sh\n", "proglink": "-> sub/prog2", "fake/libc.so.6": "not a library",
	})
	const hello = "int main(void) { return 0; }"
	compile(t, filepath.Join(dir, "prog"), hello)
	compile(t, filepath.Join(dir, "sub/prog2"), hello)
	compile(t, filepath.Join(dir, "sub/static"), hello, "-static")
	compile(t, filepath.Join(dir, "libown.so"), "int own(void) { return 1; }", "-shared", "-fPIC")
	compile(t, filepath.Join(dir, "libgone.so"), "int gone(void) { return 1; }", "-shared", "-fPIC")
	compile(t, filepath.Join(dir, "needs"), "int own(void); int main(void) { return own(); }", "-L.", "-lown", "-Wl,-rpath,$ORIGIN")
	lay(t, dir, map[string]string{"debian/usr/bin/": "", "debian/lib64/ld-linux-x86-64.so.2": "-> /nowhere/ld.so", "debian/lib/x86_64-linux-gnu/libc.so.6": "c"})
	compile(t, filepath.Join(dir, "debian/usr/bin/env"), hello)
	lay(t, dir, map[string]string{"root/share/s": "s", "with blank/": "", "own/": ""})
	lay(t, dir, map[string]string{"root" + dir + "/": ""})
	compile(t, filepath.Join(dir, "root", dir, "prog"), hello)
	compile(t, filepath.Join(dir, "with blank/libown2.so"), "int own(void) { return 1; }", "-shared", "-fPIC")
	compile(t, filepath.Join(dir, "with blank/needs2"), "int own(void); int main(void) { return own(); }", "-L.", "-lown2", "-Wl,-rpath,$ORIGIN")
	compile(t, filepath.Join(dir, "own/libown3.so"), "int own(void) { return 1; }", "-shared", "-fPIC")
	compile(t, filepath.Join(dir, "needs3"), "int own(void); int main(void) { return own(); }", "-Lown", "-lown3")
	compile(t, filepath.Join(dir, "lacks"), "int gone(void); int main(void) { return gone(); }", "-L.", "-lgone", "-lc")
	if err := os.Remove(filepath.Join(dir, "libgone.so")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestView checks what View says of every case, and where Ops is installed lets it
// build the image and compares: the tree, or the refusal, must be as foretold.
func TestView(t *testing.T) {
	in, _ := Find()
	_, usable := in.Usable()
	if !usable || in.Nanos == "" {
		t.Log("ops is not installed: the images are not built and compared")
	}
	base := project(t)
	for i, c := range viewCases {
		t.Run(c.name, func(t *testing.T) {
			p := Project{Program: strings.ReplaceAll(orDefault(c.program, "./prog"), "BASE", base[1:]), Flags: c.flags,
				Cwd: filepath.Join(base, c.cwd), Home: in.Home, NanosVersion: in.Nanos, HostEnv: os.Environ()}
			if c.cwd == "/" {
				p.Cwd = "/"
			}
			for _, e := range c.env {
				p.HostEnv = append(p.HostEnv, strings.ReplaceAll(e, "BASE", base[1:]))
			}
			var issues []Issue
			if c.config != "" {
				name := filepath.Join(c.where, "config"+string(rune('a'+i%26))+".json")
				if err := os.WriteFile(filepath.Join(p.Cwd, name), []byte(c.config), 0o644); err != nil {
					t.Fatal(err)
				}
				var err error
				if p.Config, issues, err = ParseConfig(name, []byte(c.config)); err != nil {
					t.Fatal(err)
				}
				p.Flags.Config = name
				for _, kv := range p.HostEnv {
					if rc, ok := strings.CutPrefix(kv, "OPS_DEFAULT_CONFIG="); ok {
						if err := p.Config.SetDefaults(rc); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			tree, more, err := View(p)
			if err != nil {
				t.Fatal(err)
			}
			issues = append(issues, more...)
			refused, _ := Refused(issues)
			if refused.Code != c.refused {
				t.Errorf("View refuses with %q (%v), want %q", refused.Code, refused, c.refused)
			}
			if c.warned != "" && !hasCode(issues, c.warned) {
				t.Errorf("no issue %s in %v", c.warned, issues)
			}
			if !usable || in.Nanos == "" || testing.Short() {
				return
			}
			image := imageName()
			t.Cleanup(func() { os.Remove(filepath.Join(in.Home, "images", image)) })
			f := p.Flags
			f.ImageName = image
			f.Memory, f.SMP = "", 0 // flags of run, not of build
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			if len(p.config().Mounts) > 0 {
				return // `ops build` does not look for volumes; the runner's test does
			}
			cmd := exec.CommandContext(ctx, in.Ops, append([]string{"build", p.Program}, f.Argv()...)...)
			cmd.Dir, cmd.Env = p.Cwd, append(p.HostEnv, "PWD="+p.Cwd)
			out, err := cmd.CombinedOutput()
			if built := err == nil && bytes.Contains(out, []byte("Bootable image file:")); built != (c.refused == "") {
				t.Fatalf("ops built the image: %v, want %v\n%s", built, c.refused == "", out)
			} else if !built {
				return
			}
			built, err := in.list(ctx, "/", "image", "image", "tree", image)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(viewTree(built), viewTree(tree)); d != "" {
				t.Errorf("-image +View:\n%s", d)
			}
		})
	}
}

func hasCode(issues []Issue, code string) bool {
	for _, i := range issues {
		if i.Code == code {
			return true
		}
	}
	return false
}

// viewTree makes trees comparable: path → "dir", "file" or "-> target".
func viewTree(v *guestfs.Tree) map[string]string {
	tree := map[string]string{}
	_ = v.Walk(func(p string, n guestfs.Node) error {
		switch {
		case n.Mode&fs.ModeSymlink != 0:
			tree[p] = "-> " + n.Target
		case n.Mode.IsDir():
			tree[p] = "dir"
		default:
			tree[p] = "file"
		}
		return nil
	})
	return tree
}

// TestRunEnds boots programs that end in every way and asks for their true status.
func TestRunEnds(t *testing.T) {
	in := needOps(t)
	dir := t.TempDir()
	const prelude = "#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n#include <signal.h>\n"
	for _, c := range []struct {
		name, body string
		config     string
		spec       RunSpec
		until      string
		status     int // -1: not known
		from       string
		signal     bool
		timedOut   bool
		untilSeen  bool
	}{
		{name: "zero", body: "return 0;", from: "debug_exit"},
		{name: "three", body: "puts(\"bye\"); return 3;", status: 3, from: "klog", spec: RunSpec{Trace: true}},
		{name: "big", body: "_exit(456);", status: 456, from: "klog"},
		{name: "unfinished line", body: "printf(\"no newline\"); fflush(stdout); return 200;", status: 200, from: "klog"},
		{name: "eleven is no signal", body: "return 11;", status: 11, from: "klog"},
		{name: "segv", body: "*(volatile int *)16 = 1;", status: 11, from: "klog", signal: true},
		{name: "abort", body: "abort();", status: 6, from: "klog", signal: true, spec: RunSpec{Trace: true}},
		{name: "term", body: "raise(SIGTERM); pause();", status: 15, from: "klog", signal: true},
		{name: "restless", body: "puts(\"again\"); return 5;", config: `{"RebootOnExit": true}`, status: 5, from: "klog"},
		{name: "fake status", body: "puts(\"\\033[31mexit status 9\\033[0m\"); return 0;", from: "debug_exit"},
		{name: "hang", body: "pause();", spec: RunSpec{Timeout: time.Second}, status: -1, timedOut: true},
		{name: "server", body: "puts(\"listening\"); fflush(stdout); pause();", until: "listening",
			spec: RunSpec{Timeout: time.Minute}, status: -1, untilSeen: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			prog := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
			compile(t, prog, prelude+"int main(void) {"+c.body+"}")
			c.spec.Dir = t.TempDir()
			if c.until != "" {
				c.spec.Until = func() bool {
					b, _ := os.ReadFile(filepath.Join(c.spec.Dir, "guest.log"))
					return strings.Contains(string(b), c.until)
				}
			}
			cfg, _, err := ParseConfig("config.json", []byte(orDefault(c.config, "{}")))
			if err != nil {
				t.Fatal(err)
			}
			c.spec.Project = Project{Program: "./" + filepath.Base(prog), Config: cfg, Cwd: dir, Home: in.Home, NanosVersion: in.Nanos}
			run, err := Runner{in}.Run(context.Background(), c.spec)
			if err != nil {
				t.Fatal(err)
			}
			type result struct {
				Status                      int
				From                        string
				Signal, TimedOut, UntilSeen bool
				Booted                      bool
			}
			got := result{-1, run.StatusFrom, run.Signal, run.TimedOut, run.UntilSeen, run.Booted}
			if run.Status != nil {
				got.Status = *run.Status
			}
			want := result{c.status, c.from, c.signal, c.timedOut, c.untilSeen, true}
			if d := cmp.Diff(want, got); d != "" {
				log, _ := os.ReadFile(run.LogPath)
				t.Errorf("-want +got:\n%s\n%s", d, log)
			}
			nothingLeft(t, in, run, c.spec.Dir)
		})
	}
}

// nothingLeft checks that no QEMU, no image and no scratch file of a run remains.
func nothingLeft(t *testing.T, in Installation, run *Run, dir string) {
	t.Helper()
	image := ""
	for _, a := range run.Argv {
		if v, ok := strings.CutPrefix(a, "--imagename="); ok {
			image = filepath.Join(in.Home, "images", v)
		}
	}
	if pids := usersOf(image); len(pids) > 0 {
		t.Errorf("QEMU is still there: %v", pids)
	}
	if _, err := os.Stat(image); err == nil {
		t.Errorf("the image is still there: %s", image)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "tmp-*")); len(left) > 0 {
		t.Errorf("temporary files are still there: %v", left)
	}
}

// TestRunCancelled ends a run as Ctrl-C does, while the guest hangs.
func TestRunCancelled(t *testing.T) {
	in := needOps(t)
	dir := t.TempDir()
	compile(t, filepath.Join(dir, "hang"), "#include <unistd.h>\nint main(void) { pause(); }")
	spec := RunSpec{Dir: t.TempDir(), Project: Project{Program: "./hang", Cwd: dir, Home: in.Home, NanosVersion: in.Nanos}}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for ctx.Err() == nil { // until the guest is up
			if b, _ := os.ReadFile(filepath.Join(spec.Dir, "guest.log")); networkUp.Regexp().Match(b) {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	run, err := Runner{in}.Run(ctx, spec)
	if err == nil || run == nil || run.Status != nil {
		t.Errorf("Run = %+v, %v; want a run without a status, and the context's error", run, err)
	}
	nothingLeft(t, in, run, spec.Dir)
}

// TestMounts runs a program that lists a volume, a shared directory named in the
// config and one named by a flag.
func TestMounts(t *testing.T) {
	in := needOps(t)
	dir := t.TempDir()
	lay(t, dir, map[string]string{"data/f.txt": "f", "data/sub/link": "-> ../f.txt", "conf/own/g.txt": "g"})
	compile(t, filepath.Join(dir, "ls"), `#include <dirent.h>
		#include <stdio.h>
		int main(int n, char **v) {
			while (*++v) {
				DIR *d = opendir(*v);
				for (struct dirent *e; d && (e = readdir(d));) if (e->d_name[0] != '.') printf("%s/%s\n", *v, e->d_name);
			}
		}`)
	name := imageName()
	label := name[len(name)-16:] // Nanos takes no label as long as the whole
	if out, err := exec.Command(in.Ops, "volume", "create", label, "-s", "2m", "-d", filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("ops volume create: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		files, _ := filepath.Glob(filepath.Join(in.Home, "volumes", label+":*"))
		for _, f := range files {
			os.Remove(f)
		}
	})
	cfg, _, err := ParseConfig("conf/config.json", []byte(`{"Mounts": {"`+label+`": "/vol", "own": "/own"}, "Args": ["/vol", "/own", "/flag"]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := Project{Program: "./ls", Config: cfg, Cwd: dir, Home: in.Home, NanosVersion: in.Nanos,
		Flags: Flags{Config: "conf/config.json", Mounts: []string{"../data:/flag"}}}
	tree, issues, err := View(p)
	if _, refused := Refused(issues); err != nil || refused {
		t.Fatal(issues, err)
	}
	for _, v := range Volumes(p) {
		if v.Kind != VolumeImage {
			continue
		}
		content, err := in.VolumeTree(context.Background(), v)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"/vol": "dir", "/vol/f.txt": "file", "/vol/sub": "dir", "/vol/sub/link": "-> ../f.txt"}
		if d := cmp.Diff(want, viewTree(content)); d != "" {
			t.Errorf("VolumeTree -want +got:\n%s", d)
		}
	}
	for _, want := range []string{"/vol", "/own/g.txt", "/flag/f.txt"} {
		if _, ok := tree.Lookup(want); !ok {
			t.Errorf("View lacks %s", want)
		}
	}
	run, err := Runner{in}.Run(context.Background(), RunSpec{Project: p, Issues: issues, Dir: t.TempDir(), Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	log, _ := os.ReadFile(run.LogPath)
	for _, want := range []string{"/vol/f.txt", "/own/g.txt", "/flag/f.txt"} {
		if !bytes.Contains(log, []byte("\n"+want+"\n")) {
			t.Errorf("the guest does not see %s:\n%s", want, log)
		}
	}
}

// TestRunRefused: where Ops or QEMU refuses, the run says so and the log has their words.
func TestRunRefused(t *testing.T) {
	in := needOps(t)
	dir := t.TempDir()
	compile(t, filepath.Join(dir, "prog"), "int main(void) { return 0; }")
	for _, c := range []struct{ name, config, says string }{
		{"unknown key", `{"Memory": "1g"}`, `json: unknown field "Memory"`},
		{"not JSON", `{"Args": [}`, "invalid character"},
		{"missing file", `{"Files": ["nope"]}`, "is missing"},
		{"no share", `{"Mounts": {"nope": "/data"}}`, "cannot initialize fsdev"},
		{"bad memory", `{"RunConfig": {"Memory": "abc"}}`, "Parameter 'size' expects"},
		{"bare pattern", `{"MapDirs": {"a*": "/x"}}`, "lstat : no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(c.config), 0o644); err != nil {
				t.Fatal(err)
			}
			p := Project{Program: "./prog", Cwd: dir, Home: in.Home, NanosVersion: in.Nanos, Flags: Flags{Config: "config.json"}}
			cfg, issues, err := ParseConfig("config.json", []byte(c.config))
			if err == nil {
				p.Config = cfg
				_, more, err := View(p)
				if err != nil {
					t.Fatal(err)
				}
				issues = append(issues, more...)
			}
			spec := RunSpec{Project: p, Issues: issues, Dir: t.TempDir(), Timeout: 20 * time.Second}
			run, err := Runner{in}.Run(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			log, _ := os.ReadFile(run.LogPath)
			if run.Booted || run.Status != nil || !bytes.Contains(log, []byte(c.says)) {
				b, _ := json.Marshal(run)
				t.Errorf("run = %s, log:\n%s", b, log)
			}
			nothingLeft(t, in, run, spec.Dir)
		})
	}
}
