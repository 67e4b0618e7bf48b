package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/loop"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/spf13/cobra"
)

func diagnoseCommand() *cobra.Command {
	var f projectFlags
	var out outputFlags
	var write, confirm, minimise bool
	var cloud string
	var rounds, repeat int
	c := &cobra.Command{
		Use:                   "diagnose PROG [flags of ops run] [-- ARG…]",
		DisableFlagsInUseLine: true,
		Short:                 "Find out why a program dies in the guest, repair the image, prove the repair",
		Long: `diagnose takes the words of ops run. It runs PROG natively under its own tracer,
boots the image as it is configured (or rehearses it where Ops or QEMU is absent),
names the cause of the failure, applies the fix to a copy, and runs again until
the program works or the next cause has no automatic fix. Nothing of yours is
changed without --write; logs and the report are kept in .nanodiag/TIME/.

The native run has the program's own effects: it writes files and uses the network
as it always does.`,
		Example: `  nanodiag diagnose ./prover -c config.json --mounts params:/params
  nanodiag diagnose /usr/bin/perl -- -MPOSIX -e 'print floor(9.7)'
  nanodiag diagnose ./server --until-port 8080
  nanodiag diagnose ./worker --until "ready for jobs"`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.mend = true
			o, err := interruptible(cmd.Context(), func() (loop.Options, error) { return f.options(args) })
			if err != nil {
				return err
			}
			if cloud != "" && !slices.Contains(ops.CloudPlatforms, cloud) {
				return usagef("--cloud %s: Ops has no such platform; it has %s", cloud, strings.Join(ops.CloudPlatforms, ", "))
			}
			if repeat < 1 || repeat > loop.MaxRepeat {
				return usagef("--repeat %d: give a number of runs from 1 to %d", repeat, loop.MaxRepeat)
			}
			if rounds < 1 {
				return usagef("--max-rounds %d: at least one fix is tried; preflight tries none", rounds)
			}
			o.Write, o.Confirm, o.MaxRounds = write, confirm, rounds
			o.Repeat, o.Minimise, o.Cloud = repeat, minimise, cloud
			return runLoop(cmd.Context(), o, &f, &out)
		},
	}
	c.Flags().BoolVar(&write, "write", false, "apply the fix: write the bundle and change the configuration")
	c.Flags().BoolVar(&confirm, "confirm", false, "run a working image once more without tracing")
	c.Flags().IntVar(&rounds, "max-rounds", loop.DefaultRounds, "fixes to try at most")
	c.Flags().IntVar(&repeat, "repeat", 1, "run each image `N` times, and untraced as often when all went well: for failures that come and go")
	c.Flags().StringVar(&cloud, "cloud", "", "print the commands of ops that run the working project on this `platform`, such as gcp")
	c.Flags().BoolVar(&minimise, "minimise", false, fmt.Sprintf("drop from the bundle what the program works without, in at most %d runs", loop.MaxTrials))
	f.register(c)
	out.register(c)
	return c
}

// diagnoseCode is the exit code of diagnose and preflight. A program that was
// repaired in the run directory only is still broken for its user.
func diagnoseCode(res *loop.Result) exitCode {
	switch {
	case res.NativeFails:
		return exitNative
	case res.Repaired && !res.Written:
		return exitFindings
	case res.Report.Outcome == diagnose.OutcomeOK:
		return exitClean
	case res.TimedOut && res.Report.Cause.ID == "unknown":
		return exitTimeout
	case res.Report.Outcome == diagnose.OutcomeUnknown:
		return exitUnable
	}
	return exitFindings
}
