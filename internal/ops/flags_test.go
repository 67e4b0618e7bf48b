package ops

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

func parseFlags(t *testing.T, args string) Flags {
	t.Helper()
	var f Flags
	fs := pflag.NewFlagSet("run", pflag.ContinueOnError)
	f.Register(fs)
	if err := fs.Parse(strings.Fields(args)); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFlagsThereAndBack(t *testing.T) {
	for _, args := range []string{
		"",
		"--config=c.json --args=-x --args=a,b --envs=A=1 --mounts=v:/d --port=80 --udp=53 --memory=1g --smp=2",
		"--nanos-version=0.1.50 --nightly --arch=arm64 --target-root=r --imagename=i --accel=false --tfsv4",
		"--gdbport=1234 --trace --no-trace=read --missing-files --syscall-summary --verbose --bridged --skipbuild",
	} {
		f := parseFlags(t, args)
		if d := cmp.Diff(strings.Fields(args), f.Argv(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("-typed +passed on:\n%s", d)
		}
	}
}

func TestFlagShorthands(t *testing.T) {
	f := parseFlags(t, "-c c.json -a -x -e A=1 -m 1g -n -p 80 -f -d -v -i img -b -r root -s -g 1 -t tap0 -4 --accel")
	want := Flags{Config: "c.json", Args: []string{"-x"}, Envs: []string{"A=1"}, Memory: "1g", Nightly: true, Ports: []string{"80"},
		Force: true, Debug: true, Verbose: true, ImageName: "img", Bridged: true, TargetRoot: "root", SkipBuild: true, GDBPort: 1, TapName: "tap0", TFSv4: true}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
}

func TestRegisterGivesWay(t *testing.T) {
	fs := pflag.NewFlagSet("diagnose", pflag.ContinueOnError)
	own := fs.BoolP("verbose", "e", false, "ours")
	var f Flags
	f.Register(fs)
	if err := fs.Parse([]string{"-e", "--envs", "A=1", "--verbose"}); err != nil {
		t.Fatal(err)
	}
	if !*own || f.Verbose || len(f.Envs) != 1 {
		t.Errorf("own %v, flags %+v", *own, f)
	}
}

func TestApplyFlags(t *testing.T) {
	for _, c := range []struct {
		name, config, args string
		check              func(c *Config) any
		want               any
		issue              string
	}{
		{name: "config arguments stay", config: `{"Args": ["a"]}`, check: func(c *Config) any { return c.Args }, want: []string{"a"}},
		{name: "-a replaces them all", config: `{"Args": ["a", "b"]}`, args: "-a x", check: func(c *Config) any { return c.Args }, want: []string{"x"}},
		{name: "-e adds and wins", config: `{"Env": {"A": "1", "B": "2"}}`, args: "-e A=3", check: func(c *Config) any { return c.Env }, want: map[string]string{"A": "3", "B": "2"}},
		{name: "-e is cut at the second =", args: "-e A=b=c", check: func(c *Config) any { return c.Env }, want: map[string]string{"A": "b"}, issue: "ops.config-value"},
		{name: "-e without =", args: "-e A", check: func(c *Config) any { return len(c.Env) }, want: 0, issue: "ops.config-value"},
		{name: "memory by default", check: func(c *Config) any { return c.RunConfig.Memory }, want: "2G"},
		{name: "memory of the config", config: `{"RunConfig": {"Memory": "1g"}}`, check: func(c *Config) any { return c.RunConfig.Memory }, want: "1g"},
		{name: "-m wins", config: `{"RunConfig": {"Memory": "1g"}}`, args: "-m 3g", check: func(c *Config) any { return c.RunConfig.Memory }, want: "3g"},
		{name: "bad -m", args: "-m 3gb", check: func(c *Config) any { return c.RunConfig.Memory }, want: "3gb", issue: "ops.config-value"},
		{name: "--smp 1 leaves CPUs", config: `{"RunConfig": {"CPUs": 4}}`, args: "--smp 1", check: func(c *Config) any { return c.RunConfig.CPUs }, want: 4},
		{name: "--smp 2 sets CPUs", config: `{"RunConfig": {"CPUs": 4}}`, args: "--smp 2", check: func(c *Config) any { return c.RunConfig.CPUs }, want: 2},
		{name: "ports add up", config: `{"RunConfig": {"Ports": ["80"]}}`, args: "-p 443,80 -p 8000-8002", check: func(c *Config) any { return c.RunConfig.Ports }, want: []string{"80", "443", "8000-8002"}},
		{name: "bad port", args: "-p 80,", check: func(c *Config) any { return len(c.RunConfig.Ports) }, want: 0, issue: "ops.config-value"},
		{name: "mounts add up", config: `{"Mounts": {"a": "/a"}}`, args: "--mounts b:/b:ro", check: func(c *Config) any { return c.Mounts }, want: map[string]string{"a": "/a", "b": "/b:ro"}},
		{name: "mount twice", config: `{"Mounts": {"a": "/a"}}`, args: "--mounts a:/b", check: func(c *Config) any { return c.Mounts }, want: map[string]string{"a": "/a"}, issue: "ops.config-value"},
		{name: "mount without path", args: "--mounts a", check: func(c *Config) any { return len(c.Mounts) }, want: 0, issue: "ops.config-value"},
		{name: "mount on a relative path", args: "--mounts a:b", check: func(c *Config) any { return len(c.Mounts) }, want: 0, issue: "ops.config-value"},
		{name: "config cannot switch KVM off", config: `{"RunConfig": {"Accel": false}}`, check: func(c *Config) any { return c.RunConfig.Accel }, want: true},
		{name: "--accel=false", args: "--accel=false", check: func(c *Config) any { return c.RunConfig.Accel }, want: false},
		{name: "config release is ignored", config: `{"NanosVersion": "0.1.40"}`, check: func(c *Config) any { return c.NanosVersion }, want: ""},
		{name: "--nanos-version drops Kernel", config: `{"Kernel": "k", "Boot": "b"}`, args: "--nanos-version 0.1.50", check: func(c *Config) any { return c.NanosVersion + c.Kernel + c.Boot }, want: "0.1.50"},
		{name: "--trace brings its klib", config: `{"Klibs": ["ntp"], "Debugflags": ["x"]}`, args: "--trace", check: func(c *Config) any { return strings.Join(append(c.Klibs, c.Debugflags...), " ") }, want: "ntp strace trace debugsyscalls fault futex_trace"},
		{name: "Debugflags are cleared", config: `{"Debugflags": ["x"]}`, check: func(c *Config) any { return len(c.Debugflags) }, want: 0},
		{name: "netmask default wins", config: `{"RunConfig": {"NetMask": "255.0.0.0"}}`, check: func(c *Config) any { return c.RunConfig.NetMask }, want: "255.255.255.0"},
		{name: "consoles", args: "--consoles net", check: func(c *Config) any { return c.ManifestPassthrough }, want: map[string]any{"consoles": []any{"net"}, "netconsole_port": "4444", "netconsole_ip": "10.0.2.2"}},
		{name: "architecture", args: "--arch mips", check: func(c *Config) any { return true }, want: true, issue: "ops.config-value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := orDefault(c.config, "{}")
			cfg, _, err := ParseConfig("c", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			before, _ := cfg.encode()
			e, issues := cfg.ApplyFlags(parseFlags(t, c.args))
			if d := cmp.Diff(c.want, c.check(e)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			code := ""
			if len(issues) > 0 {
				code = issues[0].Code
			}
			if code != c.issue {
				t.Errorf("issues %v, want %q", issues, c.issue)
			}
			if after, _ := cfg.encode(); string(before) != string(after) {
				t.Errorf("the config itself changed:\n%s", after)
			}
		})
	}
}

func TestGuestArgsAndEnv(t *testing.T) {
	cfg, _, err := ParseConfig("c", []byte(`{"Args": ["a"], "Env": {"USER": "me", "RADAR_KEY": "k"}, "RunConfig": {"Ports": ["80", "443"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	p := Project{Program: "./bin/prog.v2", Config: cfg, Flags: Flags{Envs: []string{"A=1"}, Arch: "amd64"}, Cwd: "/w", OpsVersion: "0.1.43", NanosVersion: "0.1.54"}
	if d := cmp.Diff([]string{"./bin/prog.v2", "a"}, p.GuestArgs()); d != "" {
		t.Error(d)
	}
	want := map[string]string{"USER": "me", "PWD": "/", "OPS_VERSION": "0.1.43", "NANOS_VERSION": "0.1.54", "NANOS_ARCH": "amd64",
		"IMAGE_NAME": "prog", "RADAR_KEY": "k", "RADAR_IMAGE_NAME": "prog", "A": "1", "OPS_PORT": "80,443"}
	if d := cmp.Diff(want, p.GuestEnv()); d != "" {
		t.Error(d)
	}
	if p.GuestProgram() != "/bin/prog.v2" || p.HostProgram() != "/w/./bin/prog.v2" {
		t.Errorf("%s, %s", p.GuestProgram(), p.HostProgram())
	}
}
