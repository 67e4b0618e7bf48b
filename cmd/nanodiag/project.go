package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/nanodiag/nanodiag/bundler"
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
	ops       ops.Flags
	engine    string
	timeout   time.Duration
	nativeLog string
	noNative  bool
	runDir    string
	json      bool
	all       bool
	quiet     bool

	libDir    string
	keepPaths bool
	flat      bool
	libsOnly  bool
	exclude   []string
	frozen    []string
}

func (f *projectFlags) register(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.engine, "engine", "auto", "run the image with `auto|ops|rehearse`")
	fs.DurationVar(&f.timeout, "timeout", 0, "limit of each run; still running natively at its end counts as a healthy server")
	fs.StringVar(&f.nativeLog, "native-log", "", "use this strace(1) `LOG` in place of a native run")
	fs.BoolVar(&f.noNative, "no-native", false, "do not run the program natively")
	fs.StringVar(&f.runDir, "run-dir", "", "keep logs below this `DIR` (default .nanodiag)")
	fs.BoolVar(&f.json, "json", false, "print JSON")
	fs.BoolVar(&f.all, "all", false, "list everything: bundled files, suppressed findings")
	fs.BoolVar(&f.quiet, "quiet", false, "no progress on standard error")
	fs.StringVar(&f.libDir, "lib-dir", "lib64", "directory in the image for libraries that are asked for by name")
	fs.BoolVar(&f.keepPaths, "keep-paths", false, "leave every library at its host path")
	fs.BoolVar(&f.flat, "flat", false, "put every library into --lib-dir, as the manual recipe does")
	fs.BoolVar(&f.libsOnly, "libs-only", false, "bundle libraries and no data files")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "leave paths that match this `GLOB` out of the bundle")
	fs.StringArrayVar(&f.frozen, "include-frozen", nil, "bundle files of /proc, /sys and /dev that match this `GLOB` as they are now")
	theirs := pflag.NewFlagSet("ops run", pflag.ContinueOnError)
	f.ops.Register(theirs)
	fs.AddFlagSet(theirs)
	groupUsage(c, theirs)
}

func (f *projectFlags) bundle() bundler.Options {
	return bundler.Options{LibDir: f.libDir, KeepPaths: f.keepPaths, Flat: f.flat, LibsOnly: f.libsOnly, Exclude: f.exclude, IncludeFrozen: f.frozen}
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
	if len(args) > 1 {
		f.ops.Args = append(f.ops.Args, args[1:]...)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return o, fmt.Errorf("read the working directory: %w", err)
	}
	cfg, issues, err := loadConfig(f.ops.Config)
	if err != nil {
		return o, err
	}
	table, err := nanos.Load()
	if err != nil {
		return o, err
	}
	in, _ := ops.Find() // no home directory: no Ops either, and the loop says so
	o = loop.Options{
		Project: ops.Project{
			Config: cfg, Flags: f.ops, Cwd: cwd, Home: in.Home, OpsVersion: in.Version, NanosVersion: in.Nanos, HostEnv: os.Environ(),
		},
		Issues: issues, Table: table, Engine: f.engine, Timeout: f.timeout,
		NoNative: f.noNative, NativeLog: f.nativeLog, RunDir: f.runDir, Bundle: f.bundle(),
		Command: append([]string{"nanodiag"}, os.Args[1:]...),
	}
	switch {
	case len(args) > 0:
		o.Project.Program = args[0]
	case cfg.Program == "":
		return o, usagef("no program: name one, or set Program in the file that -c names")
	}
	return o, checkInput(&o, f)
}

// loadConfig reads the file that -c names.
func loadConfig(name string) (*ops.Config, []ops.Issue, error) {
	if name == "" {
		return &ops.Config{}, nil, nil
	}
	cfg, issues, err := ops.LoadConfig(name)
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
	to, err := out.open(f.json, textOptions(f.all))
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
