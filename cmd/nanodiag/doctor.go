package main

import (
	"fmt"
	"io"
	"os"

	"github.com/nanodiag/nanodiag/internal/doctor"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

func doctorCommand() *cobra.Command {
	var asJSON, limits bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check what this host can do: tracing, rehearsal, Ops, QEMU, KVM",
		Long: `doctor checks what nanodiag needs of this host, and names the command to type
under each line that fails. It exits with 0 when some engine can run an image,
else with 3.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limits {
				_, err := io.WriteString(cmd.OutOrStdout(), rehearse.Limits)
				return err
			}
			d := doctor.Examine(cmd.Context())
			if asJSON {
				if err := report.JSON(cmd.OutOrStdout(), d); err != nil {
					return err
				}
			} else if err := doctorText(cmd.OutOrStdout(), d); err != nil {
				return err
			}
			if !d.Able {
				return exitWith(exitUnable)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&limits, "limits", false, "say what a rehearsal cannot show, and check nothing")
	return c
}

func doctorText(w io.Writer, d *doctor.Diagnosis) error {
	paint := colour(os.Stdout)
	for _, c := range d.Checks {
		mark, sgr := "[ok]", "32"
		switch {
		case !c.OK && c.Needed:
			mark, sgr = "[x] ", "1;31"
		case !c.OK:
			mark, sgr = "[!] ", "33"
		}
		if paint {
			mark = "\x1b[" + sgr + "m" + mark + "\x1b[0m"
		}
		if _, err := fmt.Fprintf(w, "%s %-11s %s\n", mark, c.Name, report.Escape(c.Text)); err != nil {
			return err
		}
		if !c.OK && c.Hint != "" {
			fmt.Fprintf(w, "                 %s\n", report.Escape(c.Hint))
		}
	}
	_, err := fmt.Fprintf(w, "\nnanodiag runs images with: %s\n", d.Engine)
	return err
}
