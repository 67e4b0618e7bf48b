package main

import (
	"os"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/loop"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

func bundleCommand() *cobra.Command {
	var f projectFlags
	c := &cobra.Command{
		Use:                   "bundle PROG [flags of ops run] [-- ARG…]",
		DisableFlagsInUseLine: true,
		Short:                 "Write what the image lacks and change the configuration, without running it",
		Long: `bundle runs PROG natively under nanodiag's own tracer, and writes the libraries and
files that the image lacks into bundle/ beside the configuration, placed where the
guest's loader and the program will look. The configuration gets one MapDirs
entry; without -c a nanodiag.json is made. The old text is kept as FILE.bak.`,
		Example: `  nanodiag bundle ./prover -c config.json
  ops run ./prover -c config.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := interruptible(cmd.Context(), func() (loop.Options, error) { return f.options(args) })
			if err != nil {
				return err
			}
			if o.NoNative {
				return usagef("bundle works from a native run: leave out --no-native, or give --native-log")
			}
			res, err := loop.Bundle(cmd.Context(), o, newProgress(os.Stderr, f.quiet))
			if err != nil {
				return err
			}
			if f.json {
				err = report.JSON(os.Stdout, res.Report)
			} else {
				err = report.Text(os.Stdout, res.Report, report.TextOptions{Width: width(os.Stdout), Colour: colour(os.Stdout), All: f.all})
			}
			if err != nil {
				return err
			}
			if res.Report.Outcome != diagnose.OutcomeOK {
				return exitWith(exitFindings)
			}
			return nil
		},
	}
	f.register(c)
	return c
}
