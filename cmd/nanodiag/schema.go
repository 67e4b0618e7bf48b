package main

import (
	"fmt"

	"github.com/nanodiag/nanodiag/docs/schemas"
	"github.com/spf13/cobra"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "schema [NAME]",
		DisableFlagsInUseLine: true,
		Short:                 "Print the JSON Schema of a document that --json prints, or list them",
		Example: `  nanodiag schema
  nanodiag schema report > report.schema.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			if len(args) == 0 {
				for _, n := range schemas.Names() {
					if _, err := fmt.Fprintln(w, n); err != nil {
						return err
					}
				}
				return nil
			}
			b, err := schemas.Get(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			_, err = w.Write(b)
			return err
		},
	}
}
