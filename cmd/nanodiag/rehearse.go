package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nanodiag/nanodiag/internal/loop"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

func rehearseCommand() *cobra.Command {
	var f projectFlags
	var keep bool
	c := &cobra.Command{
		Use:                   "rehearse PROG [flags of ops run] [-- ARG…]",
		DisableFlagsInUseLine: true,
		Short:                 "Run PROG on this kernel as the guest would, and nothing else",
		Long: `rehearse runs PROG in a root that holds what the image would hold, with Nanos's
answers to system calls. What the program prints goes to standard output, what the
rehearsal cannot show to standard error. It ends with the program's status, 128+N
for signal N, 124 at the time limit, 3 where this host permits no rehearsal.

--keep leaves the root as the program left it, and lists it on standard error.`,
		Example: `  nanodiag rehearse ./prover -c config.json --mounts params:/params
  nanodiag rehearse /usr/bin/perl --keep -- -MPOSIX -e 'print floor(9.7)'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.engine = "rehearse"
			o, err := interruptible(cmd.Context(), func() (loop.Options, error) { return f.options(args) })
			if err != nil {
				return err
			}
			return runRehearsal(cmd.Context(), o, keep, f.quiet)
		},
	}
	c.Flags().BoolVar(&keep, "keep", false, "leave the root below --run-dir, and list it")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "end the program after this time (0 for never)")
	c.Flags().StringVar(&f.runDir, "run-dir", "", "keep the root below this `DIR` (default .nanodiag)")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "do not say what the rehearsal cannot show")
	f.ops.Register(c.Flags())
	return c
}

func runRehearsal(ctx context.Context, o loop.Options, keep, quiet bool) error {
	spec, incomplete, err := loop.RehearsalSpec(o)
	if err != nil {
		return usagef("%w", err)
	}
	spec.Stdout, spec.Stderr, spec.Timeout = os.Stdout, os.Stdout, o.Timeout
	if keep {
		if spec.Keep, err = loop.NewRunDir(o); err != nil {
			return err
		}
	}
	out, err := rehearse.Run(ctx, spec)
	if err != nil {
		return err
	}
	if out.ExecErr != nil {
		printError(os.Stderr, out.ExecErr)
	}
	if !quiet {
		for _, i := range append(incomplete, out.Incomplete...) {
			fmt.Fprintf(os.Stderr, "nanodiag: not shown: %s\n", report.Escape(i))
		}
	}
	if spec.Keep != "" {
		if err := listTree(os.Stderr, spec.Keep); err != nil {
			return err
		}
	}
	return exitWith(programStatus(out))
}

// programStatus is how a shell sees the program's end.
func programStatus(out *rehearse.Outcome) exitCode {
	switch e := out.Exit; {
	case e.TimedOut:
		return exitTimeout
	case e.Signal != 0:
		return exitCode(128 + int(e.Signal))
	default:
		return exitCode(e.Code)
	}
}

// listTree prints the kept root, links with their targets and files with their sizes.
func listTree(w io.Writer, root string) error {
	fmt.Fprintf(w, "%s\n", root)
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, name)
		if err != nil || relErr != nil || rel == "." {
			return err
		}
		line := report.Escape("/" + rel)
		switch {
		case d.IsDir():
			line += "/"
		case d.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(name)
			line += " -> " + report.Escape(target)
		default:
			if info, err := d.Info(); err == nil {
				line += "  " + report.Size(info.Size())
			}
		}
		_, err = fmt.Fprintln(w, "  "+line)
		return err
	})
}
