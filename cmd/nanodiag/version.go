package main

import (
	"fmt"
	"runtime/debug"

	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

// version is set by release builds with -ldflags "-X main.version=v1.2.3"; a
// build by `go install` learns it from the module's build information.
var version string

func versionString() string {
	v, rev, dirty := version, "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" && info.Main.Version != "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && len(s.Value) >= 12:
				rev = " " + s.Value[:12]
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = " (modified)"
			}
		}
	}
	if v == "" {
		v = "(devel)"
	}
	return v + rev + dirty
}

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version and the commit it was built from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), map[string]string{"schema": report.SchemaVersion, "version": versionString()})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "nanodiag", versionString())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
