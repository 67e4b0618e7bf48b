package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/spf13/cobra"
)

type traceFlags struct {
	output, from string
	engine       string
	json, all    bool
	timeout      time.Duration
	place        placeFlags
}

func traceCommand() *cobra.Command {
	var f traceFlags
	c := &cobra.Command{
		Use:                   "trace [flags] -- PROG [ARG…]",
		DisableFlagsInUseLine: true,
		Short:                 "Run a program natively and list the libraries and files that it asked for",
		Long: `trace runs PROG under nanodiag's own tracer (no strace needed) and lists what it
loaded that no ELF header names, the files it used, and what it looked for in
vain. It ends with the program's own status, or by its signal.

Outcomes are observed by ptrace. Where that is refused, and with --engine notify,
calls are seen by seccomp notification: outcomes are then computed, and the report
says so.

With --from it reads a log that strace(1) recorded with -f -e trace=file.`,
		Example: `  nanodiag trace -- /usr/bin/perl -MPOSIX -e 1
  nanodiag trace -o strace.log --json -- ./prover prove circuit.json
  nanodiag trace --mount ./params:/params --user nobody -- ./prover prove
  nanodiag trace --from strace.log ./prover`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTrace(cmd.Context(), f, args)
		},
	}
	c.Flags().SetInterspersed(false)
	c.Flags().StringVarP(&f.output, "output", "o", "", "write the run to `FILE` in strace(1)'s text format")
	c.Flags().StringVar(&f.from, "from", "", "read this strace(1) log in place of running the program")
	c.Flags().StringVar(&f.engine, "engine", "auto", "how to see calls: ptrace, notify (for programs that trace themselves), or auto")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON; the program's own stdout goes to stderr")
	c.Flags().BoolVar(&f.all, "all", false, "list every file, failed look-up and system call")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "end the program after this time (0 for never)")
	f.place.register(c)
	return c
}

func runTrace(ctx context.Context, f traceFlags, args []string) error {
	engine, err := strace.ParseEngine(f.engine)
	if err != nil {
		return usagef("--engine: %w", err)
	}
	program, err := findProgram(args[0])
	if err != nil {
		return err
	}
	if f.from != "" && (f.place.userSet() || len(f.place.mounts) > 0) {
		return usagef("--from reads a run that took place: leave out --user and --mount")
	}
	dir, err := f.place.dir()
	if err != nil {
		return err
	}
	env, err := f.place.environ()
	if err != nil {
		return err
	}
	mounts, err := mountList("--mount", f.place.mounts)
	if err != nil {
		return err
	}
	account, err := f.place.account()
	if err != nil {
		return err
	}
	var run *native.Run
	if f.from != "" {
		run, err = interruptible(ctx, func() (*native.Run, error) { return native.FromLog(f.from, program, dir, env) })
		if err != nil {
			return inputError(f.from, err, "give a log recorded with strace -f -e trace=file -o FILE")
		}
	} else {
		stdout := os.Stdout
		if f.json {
			stdout = os.Stderr
		}
		log := f.output
		if log != "" {
			if log, err = filepath.Abs(log); err != nil {
				return fmt.Errorf("-o %s: %w", f.output, err)
			}
		}
		run, err = native.Record(ctx, native.Spec{
			Program: program, Args: args, Env: env, Dir: dir, Log: log, Timeout: f.timeout, Engine: engine, Mounts: mounts, User: account,
			Stdin: os.Stdin, Stdout: stdout, Stderr: os.Stderr,
		})
		if err != nil {
			return err
		}
	}
	if f.json {
		if err := report.JSON(os.Stdout, report.NewTrace(program, args[1:], run)); err != nil {
			return err
		}
	} else {
		out := os.Stderr // the program's own output is on stdout
		if f.from != "" {
			out = os.Stdout
		}
		report.TraceText(out, program, run, f.all)
	}
	if f.from != "" || f.json {
		return nil
	}
	return passOn(run.Result.Exit)
}

// passOn ends nanodiag as the traced program ended, as strace does.
func passOn(e strace.Exit) error {
	switch {
	case e.TimedOut:
		return exitWith(exitTimeout)
	case e.Signal != 0:
		// A core of nanodiag would explain nothing.
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
		raise(e.Signal)
		return exitWith(exitCode(128 + int(e.Signal)))
	}
	return exitWith(exitCode(e.Code))
}

// findProgram turns the name of a program into an absolute path, through PATH
// where it has no slash, and says in one line what is wrong with it.
func findProgram(name string) (string, error) {
	p := name
	if filepath.Base(name) == name {
		if _, err := os.Stat(name); err != nil {
			found, err := exec.LookPath(name)
			if err != nil {
				return "", usagef("%s: no such file here or on PATH; give the path of the program", name)
			}
			p = found
		}
	}
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usagef("%s: no such file; give the path of the program", name)
	case err != nil:
		return "", usagef("%s: %w; give the path of the program", name, errors.Unwrap(err))
	case info.IsDir():
		return "", usagef("%s: is a directory; give the path of the program in it", name)
	case !info.Mode().IsRegular():
		return "", usagef("%s: not a regular file; give the path of an ELF program", name)
	}
	return abs, nil
}

// inputError is one line for an input file that could not be read.
func inputError(name string, err error, do string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s: no such file; %s", name, do)
	case errors.Is(err, fs.ErrPermission):
		return usagef("%s: permission denied; make it readable for this user", name)
	}
	return usagef("%s: %w; %s", name, err, do)
}
