package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/ops"
)

// TestFixAppliesToTheConfig: the patch of each remedy fits the user's file.
func TestFixAppliesToTheConfig(t *testing.T) {
	t.Parallel()
	const native = nativeLoaded + `10 openat(AT_FDCWD, "in/a.json", O_RDONLY) = 3
10 openat(AT_FDCWD, "/etc/group", O_RDONLY) = 3
10 openat(AT_FDCWD, "models", O_RDONLY|O_DIRECTORY) = 3
10 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
10 openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libz.so.1", O_RDONLY|O_CLOEXEC) = 3
`
	for _, tc := range []struct{ name, id, subject, config, want string }{
		{"a file of the project", "missing-data.file", "in/a.json", `{}`, `{"Files": ["in/a.json"]}`},
		{"appended to the list", "missing-data.file", "in/a.json", `{"Files": ["b"]}`, `{"Files": ["b", "in/a.json"]}`},
		{"a file of the system", "missing-data.etc-file", "/etc/group", `{}`, `{"MapDirs": {"/etc/group": "/etc"}}`},
		{"a directory of the project", "missing-data.file", "models", `{}`, `{"Dirs": ["models"]}`},
		{"a library with the target of its link", "missing-lib.dlopen-soname", "libz.so.1", `{"MapDirs": {"b/*": "/"}}`, `{"MapDirs": {"b/*": "/", "/lib/x86_64-linux-gnu/libz.so.1*": "/lib/x86_64-linux-gnu"}}`},
		{"memory", "resource.memory", "256M", `{"RunConfig": {"Memory": "256M"}}`, `{"RunConfig": {"Memory": "1024M"}}`},
		{"disk", "resource.disk-full", "/", `{}`, `{"BaseVolumeSz": "1g"}`},
		{"processors", "resource.cpu-count", "1 vCPU", `{}`, `{"RunConfig": {"CPUs": 2}}`},
		{"a klib and what it needs", "syscall.needs-klib", "memfd_create", `{}`, `{"Klibs": ["tmpfs", "shmem"]}`},
		{"the klib that another needs", "ops.klib-dependency", "shmem", `{"Klibs": ["shmem"]}`, `{"Klibs": ["shmem", "tmpfs"]}`},
		{"an unknown key goes", "ops.config-unknown-key", "Volumes", `{"Volumes": {}, "Args": ["a"]}`, `{"Args": ["a"]}`},
		{"a mount point", "missing-data.volume-wrong-mountpoint", "/a vs /b", `{"Mounts": {"v": "/a"}}`, `{"Mounts": {"v": "/b"}}`},
		{"a working directory", "env.wrong-cwd", "in/a.json", `{"MapDirs": {"in/*": "/app/in"}}`, `{"MapDirs": {"in/*": "/app/in"}, "ManifestPassthrough": {"cwd": "/app"}}`},
		{"an absolute file", "ops.files-absolute-path", "/usr/lib/x.so", `{"Files": ["/usr/lib/x.so", "b"]}`, `{"Files": ["b"], "MapDirs": {"/usr/lib/x.so*": "/usr/lib"}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRun(Input{Guest: guest(t, boot), Native: natively(t, native), Config: config(t, tc.config), Table: table(t)})
			fix := r.fix(Finding{ID: tc.id, Subject: tc.subject})
			if fix == nil {
				t.Fatal("no remedy")
			}
			got, err := ops.Patch([]byte(tc.config), fix.ConfigPatch)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(squeeze(tc.want), squeeze(string(got))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestFixOfAnotherDirectory: the program went to repo, and asks for .git there. What is
// written into the configuration starts from where Ops is called, and is on the host.
func TestFixOfAnotherDirectory(t *testing.T) {
	t.Parallel()
	in := natively(t, nativeLoaded+`10 chdir("repo") = 0
10 openat(AT_FDCWD, ".git", O_RDONLY) = 3
`)
	for i := range in {
		switch in[i].Path {
		case "repo":
			in[i].Abs = "/home/u/repo"
		case ".git":
			in[i].Abs = "/home/u/repo/.git"
		}
	}
	for _, tc := range []struct{ name, subject, config, there, want string }{
		{"below the directory of Ops", "/.git", `{}`, "/home/u/repo/.git", `{"MapDirs": {"/home/u/repo/.git": "/"}}`},
		{"not on the host", "/.git", `{}`, "", `{}`},
		{"listed already", "repo/.git", `{"Files": ["repo/.git"]}`, "/home/u/repo/.git", `{"Files": ["repo/.git"]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRun(Input{Guest: guest(t, boot), Native: in, Config: config(t, tc.config), Table: table(t), HostExists: func(p string) bool { return p == tc.there }})
			fix := r.fix(Finding{ID: "missing-data.file", Subject: tc.subject})
			if fix == nil {
				t.Fatal("no remedy")
			}
			got, err := ops.Patch([]byte(tc.config), fix.ConfigPatch)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(squeeze(tc.want), squeeze(string(got))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestFixMountOfTheCommandLine: the file does not have what --mounts gave.
func TestFixMountOfTheCommandLine(t *testing.T) {
	t.Parallel()
	eff, _ := config(t, `{}`).ApplyFlags(ops.Flags{Mounts: []string{"v:/a"}})
	r := newRun(Input{Guest: guest(t, boot), Config: eff, Table: table(t)})
	fix := r.fix(Finding{ID: "missing-data.volume-wrong-mountpoint", Subject: "/a vs /b"})
	if fix == nil || len(fix.ConfigPatch) > 0 || fix.Summary != "mount the volume v at /b" {
		t.Errorf("%+v", fix)
	}
}

// TestFixSearchPathOnce: a directory that is searched already is no remedy.
func TestFixSearchPathOnce(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`{"Files": ["opt/libacc.so.1"]}`: 1, `{"Files": ["opt/libacc.so.1"], "Env": {"LD_LIBRARY_PATH": "/a:/opt"}}`: 0} {
		r := newRun(Input{Guest: guest(t, boot), Config: config(t, text), Table: table(t)})
		r.searches = []search{{name: "libacc.so.1", tried: []string{"/lib64/libacc.so.1"}}}
		if fix := r.fix(Finding{ID: "missing-lib.search-path", Subject: "libacc.so.1"}); len(fix.ConfigPatch) != want {
			t.Errorf("%s: %v", text, fix)
		}
	}
}

// squeeze removes the layout, which is the patcher's business.
func squeeze(s string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(s)
}

// TestFixWithoutSubject: a remedy for something that has no name would be nonsense.
func TestFixWithoutSubject(t *testing.T) {
	t.Parallel()
	r := newRun(Input{Guest: guest(t, boot)})
	for id := range fixers {
		if fix := r.fix(Finding{ID: id, Subject: unnamed}); fix != nil {
			t.Errorf("%s: %+v", id, fix)
		}
	}
}
