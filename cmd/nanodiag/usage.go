package main

import (
	"fmt"

	"github.com/nanodiag/nanodiag/internal/manual"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupUsage lists a command's own flags apart from those of ops run, which are many
// and which the user knows.
func groupUsage(c *cobra.Command, theirs *pflag.FlagSet) {
	const title = "Flags of ops run, with their meaning there"
	theirs.VisitAll(func(f *pflag.Flag) {
		_ = theirs.SetAnnotation(f.Name, manual.GroupAnnotation, []string{title}) // the flag exists
	})
	c.SetUsageFunc(func(c *cobra.Command) error {
		own := pflag.NewFlagSet("own", pflag.ContinueOnError)
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if theirs.Lookup(f.Name) == nil {
				own.AddFlag(f)
			}
		})
		_, err := fmt.Fprintf(c.OutOrStderr(), "Usage:\n  %s\n\nExamples:\n%s\n\nFlags:\n%s\n%s:\n%s",
			c.UseLine(), c.Example, own.FlagUsages(), title, theirs.FlagUsages())
		return err
	})
}
