package ops

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConclude tells the ends apart from recorded shapes of logs and images.
func TestConclude(t *testing.T) {
	const head = "\x1b[1;33mversion lookup failed, using local.\n\x1b[0mrunning local instance\nbooting /x/images/p ...\n"
	const up = "[0.4] en1: assigned 10.0.2.15\n"
	red := func(s string) string { return "\x1b[31m" + s + "\x1b[0m\n" }
	for _, c := range []struct {
		name   string
		log    string
		image  []byte
		run    Run
		booted bool
		status int // -1: unknown
		from   string
	}{
		{name: "debug_exit 0", log: head + up + red("exit status 1"), image: rawImage(0, ""), booted: true, status: 0, from: "debug_exit"},
		{name: "silent and quick", log: head + red("exit status 1"), image: rawImage(0, ""), booted: true, status: 0, from: "debug_exit"},
		{name: "crash log before debug_exit", log: head + up + red("exit status 145"), image: rawImage(200, "x"), booted: true, status: 200, from: "klog"},
		{name: "crash log without debug_exit", log: head + up, image: rawImage(3, "x"), booted: true, status: 3, from: "klog"},
		{name: "old kernel, status 0", log: head + up, image: rawImage(0, ""), booted: true, status: 0},
		{name: "kernel fault", log: head + up + "\nno fault handler\n", image: rawImage(0, ""), booted: true, status: -1},
		{name: "QEMU refused", log: head + "qemu-system-x86_64: -m abc: Parameter 'size'\nOptional suffix\n" + red("exit status 1"), image: rawImage(0, ""), status: -1},
		{name: "the program speaks of QEMU", log: head + up + "qemu-system-x86_64: hello\n" + red("exit status 1"), image: rawImage(0, ""), booted: true, status: 0, from: "debug_exit"},
		{name: "Ops refused", log: "Failed to build image, error is: x", run: Run{OpsExit: 1}, status: -1},
		{name: "timed out", log: head + up, image: rawImage(0, ""), run: Run{TimedOut: true}, booted: true, status: -1},
		{name: "stopped before the kernel", log: head, image: rawImage(0, ""), run: Run{Cancelled: true}, status: -1},
		{name: "QEMU killed", log: head + up + red("signal: killed"), image: rawImage(0, ""), booted: true, status: -1},
		{name: "faked in the middle", log: head + up + red("exit status 9") + "more\n" + red("exit status 1"), image: rawImage(0, ""), booted: true, status: 0, from: "debug_exit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			r := c.run
			r.LogPath, r.ImagePath = filepath.Join(dir, "log"), filepath.Join(dir, "image")
			for p, b := range map[string][]byte{r.LogPath: []byte(c.log), r.ImagePath: c.image} {
				if err := os.WriteFile(p, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.conclude(); err != nil {
				t.Fatal(err)
			}
			status := -1
			if r.Status != nil {
				status = *r.Status
			}
			if r.Booted != c.booted || status != c.status || r.StatusFrom != c.from {
				t.Errorf("booted %v, status %d from %q; want %v, %d, %q", r.Booted, status, r.StatusFrom, c.booted, c.status, c.from)
			}
		})
	}
}

func TestDiagnosticCopy(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"conf/data/x": "x", "run/": ""})
	text := `{"MapDirs": {"data/*": "/d", "/etc/host*": "/etc"}, "Mounts": {"data": "/data:ro", "vol": "/vol"},
		"RebootOnExit": true, "RunConfig": {"Background": true, "AtExit": "date", "Debug": true},
		"ManifestPassthrough": {"log_level": "warn", "idle_on_exit": "t", "own": "1"}}`
	cfg, _, err := ParseConfig("conf/c.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := Project{Program: "./prog.bin", Config: cfg, Cwd: dir,
		Flags: Flags{Config: "conf/c.json", Debug: true, SkipBuild: true, Trace: true, ImageName: "mine.raw", Mounts: []string{"data2:/x"}, Klibs: []string{"ntp"}}}
	run := filepath.Join(dir, "run")
	for _, c := range []struct {
		version   string
		trace     bool
		wantTrace bool
		options   map[string]any
	}{
		{"0.1.54", true, true, map[string]any{"debug_exit": "t", "log_level": "warn", "own": "1"}},
		{"0.1.50", true, false, map[string]any{"debug_exit": "t", "log_level": "warn", "own": "1", "trace": "t", "debugsyscalls": "t"}},
		{"0.1.54", false, false, map[string]any{"debug_exit": "t", "log_level": "warn", "own": "1"}},
	} {
		p.NanosVersion = c.version
		d, f, err := RunSpec{Project: p, Trace: c.trace}.diagnostic(Installation{}, run, "nanodiag-1")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.options, d.ManifestPassthrough); d != "" {
			t.Errorf("%s: -want +got:\n%s", c.version, d)
		}
		if f.Trace != c.wantTrace || f.MissingFiles != c.trace || f.Debug || f.SkipBuild || f.ImageName != "nanodiag-1" || f.Mounts != nil {
			t.Errorf("%s: flags %+v", c.version, f)
		}
		if d.RebootOnExit || d.RunConfig.Background || d.RunConfig.AtExit != "" || d.RunConfig.Debug {
			t.Errorf("%s: config %+v", c.version, d)
		}
		want := map[string]string{"../conf/data/*": "/d", "/etc/host*": "/etc"}
		if d := cmp.Diff(want, d.MapDirs); d != "" {
			t.Error(d)
		}
		wantMounts := map[string]string{filepath.Join(dir, "conf/data"): "/data:ro", "vol": "/vol", "data2": "/x"}
		if d := cmp.Diff(wantMounts, d.Mounts); d != "" {
			t.Error(d)
		}
		if d.Env["IMAGE_NAME"] != "mine" || !slices.Equal(d.Klibs, []string{"ntp"}) {
			t.Errorf("%v, %v", d.Env, d.Klibs)
		}
	}
	if again, _ := cfg.encode(); !cfg.RebootOnExit || len(cfg.MapDirs) != 2 {
		t.Errorf("the user's config changed: %s", again)
	}
}

func TestEnviron(t *testing.T) {
	s := RunSpec{Project: Project{Cwd: "/w", HostEnv: []string{"A=1", "PWD=/x", "OPS_HOME=/y", "TMPDIR=/z"}}}
	want := []string{"A=1", "OPS_HOME=/home/u", "PWD=/w", "TMPDIR=/r/tmp"}
	if d := cmp.Diff(want, s.environ(Installation{Home: "/home/u/.ops"}, "/r/tmp")); d != "" {
		t.Error(d)
	}
}
