package main

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
	"github.com/spf13/cobra"
)

// run is the whole program: it parses args, runs one command, and says how it ended.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) exitCode {
	// Ctrl-C and SIGTERM end the context; every command then ends what it started
	// and removes what is half-written before it returns.
	ctx, stop := untilSignal(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	root := rootCommand(args)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		printError(stderr, errors.New("interrupted"))
		return signalCode(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		printError(stderr, errors.New("the time limit passed before anything was seen; give a longer --timeout"))
		return exitTimeout
	}
	if errors.Is(err, strace.ErrNotALog) {
		printError(stderr, err)
		return exitUsage
	}
	var status *statusError
	if errors.As(err, &status) {
		printError(stderr, err)
		return status.code
	}
	printError(stderr, err)
	return exitUnable
}

// rootCommand is nanodiag for the command line args, without the program's own name.
func rootCommand(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "nanodiag",
		Short: "Find out why a program dies in the Nanos unikernel, fix the image, prove the fix",
		Long: `nanodiag runs a program natively under its own tracer, finds the libraries and
files that only the run time asks for, puts what is missing into the image, runs
the image with Ops (or rehearses it where Ops or QEMU is absent), and names the
cause with its evidence.

  nanodiag diagnose ./prover -c config.json --mounts params:/params
  nanodiag preflight ./prover -c config.json          in CI, without KVM and Ops
  nanodiag explain console.log                        a cloud instance died

Exit status: 0 clean, 1 findings, 2 wrong usage or unreadable input, 3 nanodiag
could not do its work, 4 the program fails natively too, 124 time limit.`,
		Version: versionString(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("no command %q; nanodiag --help lists the commands", args[0])
			}
			return nil
		},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(subcommands(args)...)
	for _, c := range root.Commands() {
		wrapArgs(c)
	}
	if isCompletion(args) {
		addCompletions(root)
	}
	return root
}

// subcommands gives the command that args begin with, or all where they name none, as
// for help and completion. Building a command registers its flags, and those of all
// commands together cost as much time as a small `nanodiag deps`.
func subcommands(args []string) []*cobra.Command {
	table := []struct {
		name  string
		build func() *cobra.Command
	}{
		{"diagnose", diagnoseCommand},
		{"preflight", preflightCommand},
		{"trace", traceCommand},
		{"deps", depsCommand},
		{"bundle", bundleCommand},
		{"explain", explainCommand},
		{"rehearse", rehearseCommand},
		{"doctor", doctorCommand},
		{"schema", schemaCommand},
		{"completion", completionCommand},
		{"version", versionCommand},
	}
	for _, c := range table {
		if len(args) > 0 && args[0] == c.name {
			return []*cobra.Command{c.build()}
		}
	}
	var all []*cobra.Command
	for _, c := range table {
		all = append(all, c.build())
	}
	return all
}

// wrapArgs makes cobra's own complaints about arguments usage errors.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("%w; see %s --help", err, cmd.CommandPath())
		}
		return nil
	}
}
