package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nanodiag/nanodiag/internal/loop"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// projectFlags are what diagnose, preflight and bundle share: the flags of ops run
// under their own names, and nanodiag's own.
type projectFlags struct {
	mend      bool // read a configuration that a change would mend
	ops       ops.Flags
	engine    string
	timeout   time.Duration
	proof     loop.Proof
	nativeLog string
	noNative  bool
	mounts    []string
	runDir    string
	json      bool
	all       bool
	quiet     bool

	bundle bundleFlags
}

func (f *projectFlags) register(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.engine, "engine", "auto", "run the image with `auto|ops|rehearse`")
	fs.DurationVar(&f.timeout, "timeout", 0, "limit of each run; still running natively at its end counts as a healthy server (default: none natively; in the guest 30s and 20 times the native run's time)")
	fs.StringVar(&f.proof.Text, "until", "", "a run is over, and well, once the program prints `TEXT`")
	fs.IntVar(&f.proof.Port, "until-port", 0, "a run is over, and well, once the program accepts a TCP connection on port `N`")
	fs.StringVar(&f.nativeLog, "native-log", "", "use this strace(1) `LOG` in place of a native run")
	fs.BoolVar(&f.noNative, "no-native", false, "do not run the program natively")
	fs.StringArrayVar(&f.mounts, "native-mount", nil, "natively, show a directory where the guest mounts a volume: `DIR:/PATH[:ro]`")
	fs.StringVar(&f.runDir, "run-dir", "", "keep logs below this `DIR` (default .nanodiag)")
	fs.BoolVar(&f.json, "json", false, "print JSON")
	fs.BoolVar(&f.all, "all", false, "list everything: bundled files, suppressed findings")
	fs.BoolVar(&f.quiet, "quiet", false, "no progress on standard error")
	f.bundle.register(fs)
	theirs := pflag.NewFlagSet("ops run", pflag.ContinueOnError)
	f.ops.Register(theirs)
	fs.AddFlagSet(theirs)
	groupUsage(c, theirs)
}

// options turns the command line into what the loop works from. args is the program
// and, after --, its arguments.
func (f *projectFlags) options(args []string) (loop.Options, error) {
	var o loop.Options
	switch f.engine {
	case "auto", "ops", "rehearse":
	default:
		return o, usagef("--engine %s: no such engine; use auto, ops or rehearse", f.engine)
	}
	if err := checkProof(f); err != nil {
		return o, err
	}
	if f.timeout < 0 {
		return o, usagef("--timeout %s: a time limit is positive; leave it out for none", f.timeout)
	}
	bundle, err := f.bundle.options()
	if err != nil {
		return o, err
	}
	if len(args) > 1 {
		f.ops.Args = append(f.ops.Args, args[1:]...)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return o, fmt.Errorf("read the working directory: %w", err)
	}
	cfg, issues, err := loadConfig(f.ops.Config, f.mend)
	if err != nil {
		return o, err
	}
	table, err := nanos.Load()
	if err != nil {
		return o, err
	}
	in, _ := ops.Find() // no home directory: no Ops either, and the loop says so
	if err := cfg.SetDefaults(in.DefaultConf); err != nil {
		return o, usagef("%w", err)
	}
	mounts, err := mountList("--native-mount", f.mounts)
	if err != nil {
		return o, err
	}
	o = loop.Options{
		NativeMounts: mounts,
		Project: ops.Project{
			Config: cfg, Flags: f.ops, Cwd: cwd, Home: in.Home, OpsVersion: in.Version, NanosVersion: in.Nanos, HostEnv: os.Environ(),
		},
		Issues: issues, Table: table, Engine: f.engine, Timeout: f.timeout, Proof: f.proof,
		NoNative: f.noNative, NativeLog: f.nativeLog, RunDir: f.runDir, Bundle: bundle,
		Command: append([]string{commandName()}, os.Args[1:]...),
	}
	switch {
	case len(args) > 0:
		o.Project.Program = args[0]
	case cfg.Program == "":
		return o, usagef("no program: name one, or set Program in the file that -c names")
	}
	return o, checkInput(&o, f)
}

// checkProof refuses proofs that cannot be seen.
func checkProof(f *projectFlags) error {
	switch {
	case strings.Contains(f.proof.Text, "\n"):
		return usagef("--until: the text has several lines; give one that shows that the program works")
	case f.proof.Port < 0 || f.proof.Port > 65535:
		return usagef("--until-port %d: no TCP port; give one from 1 to 65535", f.proof.Port)
	case f.proof.Port != 0 && (f.ops.Bridged || f.ops.TapName != ""):
		return usagef("--until-port reaches the guest through QEMU's user network: leave out --bridged and --tapname, or use --until TEXT")
	}
	return nil
}

// commandName is what the user types for nanodiag: its name, or where that is not on
// PATH, the path that was typed.
func commandName() string {
	const name = "nanodiag"
	if _, err := exec.LookPath(name); err != nil && strings.ContainsRune(os.Args[0], '/') {
		return os.Args[0]
	}
	return name
}

// loadConfig reads the file that -c names.
func loadConfig(name string, mend bool) (*ops.Config, []ops.Issue, error) {
	if name == "" {
		return &ops.Config{}, nil, nil
	}
	load := ops.LoadConfig
	if mend {
		load = ops.LoadMended
	}
	cfg, issues, err := load(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, usagef("%s: no such file; -c names the configuration for ops run", name)
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, usagef("%s: permission denied; make it readable for this user", name)
	case err != nil:
		return nil, nil, usagef("%w", err)
	}
	return cfg, issues, nil
}

// targetRoot is the root directory from which Ops takes the program; "" is the host's.
func targetRoot(p ops.Project) string { return cmp.Or(p.Flags.TargetRoot, p.Config.TargetRoot) }

// checkInput finds what makes every further step pointless: files that are not there.
func checkInput(o *loop.Options, f *projectFlags) error {
	host := o.Project.HostProgram()
	info, err := os.Stat(host)
	name := host
	if len(o.Project.Program) > 0 {
		name = o.Project.Program
	}
	if p := o.Project.Config.Program; p != "" { // it wins over the command line
		name = p
	}
	switch {
	case !utf8.ValidString(host):
		return usagef("%q: the path is not UTF-8, and Nanos opens no such name; rename it", host)
	case errors.Is(err, fs.ErrNotExist) && targetRoot(o.Project) != "" && filepath.IsAbs(name):
		root := targetRoot(o.Project)
		return usagef("%s: no such file in %s; with -r the program is the one in that root", name, root)
	case errors.Is(err, fs.ErrNotExist):
		if found, lerr := exec.LookPath(name); lerr == nil && name == o.Project.Program {
			return usagef("%s: no such file; ops run takes a path: %s", name, found)
		}
		return usagef("%s: no such file; give the path of the program, as to ops run", name)
	case err != nil:
		return usagef("%s: %w; give the path of the program, as to ops run", name, errors.Unwrap(err))
	case info.IsDir():
		return usagef("%s: is a directory; give the path of the program in it", name)
	case !info.Mode().IsRegular():
		return usagef("%s: not a regular file; give the path of an ELF program", name)
	}
	if f.nativeLog != "" {
		set, _ := filepath.Glob(f.nativeLog + ".[0-9]*") // of strace -ff
		if _, err := os.Stat(f.nativeLog); err != nil && len(set) == 0 {
			return inputError(f.nativeLog, err, "give a log recorded with strace -f -e trace=file -o FILE")
		}
		if abs, err := filepath.Abs(f.nativeLog); err == nil {
			o.NativeLog = abs
		}
	}
	return nil
}

// runLoop diagnoses, prints the report, and ends with the exit code that it deserves.
func runLoop(ctx context.Context, o loop.Options, f *projectFlags, out *outputFlags) error {
	to, err := out.open(f.json, textOptions(f.all), o.Project.Program, o.Project.Flags.Config, o.NativeLog)
	if err != nil {
		return err
	}
	defer to.close()
	res, err := loop.Run(ctx, o, newProgress(os.Stderr, f.quiet))
	if err != nil {
		return err
	}
	d := document(res, o)
	if err := to.write(os.Stdout, d); err != nil {
		return err
	}
	return exitWith(to.code(d, diagnoseCode(res)))
}

// textOptions lay out text for the terminal on standard output.
func textOptions(all bool) report.TextOptions {
	return report.TextOptions{Width: width(os.Stdout), Colour: colour(os.Stdout), All: all}
}
