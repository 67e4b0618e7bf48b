package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

// version is set by release builds with -ldflags "-X main.version=v1.2.3"; other
// builds learn it from the module's build information.
var version string

// build is what the binary knows of its own making.
type build struct {
	Schema   string `json:"schema"`
	Version  string `json:"version"`            // "v1.2.3"; "(devel)" for a build that has none
	Commit   string `json:"commit,omitempty"`   // in full; absent without version control
	Date     string `json:"date,omitempty"`     // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"` // built from a changed working tree
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func readBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return newBuild(version, info)
}

func newBuild(version string, info *debug.BuildInfo) build {
	b := build{Schema: report.SchemaVersion, Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// commitDigits is how much of a commit's name people are shown, as in Go's
// pseudo-versions.
const commitDigits = 12

// String is the version with the commit, for reports and people.
func (b build) String() string {
	var notes []string
	commit := b.Commit[:min(commitDigits, len(b.Commit))]
	switch {
	case commit != "" && strings.Contains(b.Version, commit): // a pseudo-version names it
	case commit != "":
		notes = append(notes, "commit "+commit)
	case b.Version == "(devel)":
		notes = append(notes, "commit unknown")
	}
	if day, _, ok := strings.Cut(b.Date, "T"); ok {
		notes = append(notes, day)
	}
	if b.Modified {
		notes = append(notes, "modified")
	}
	if len(notes) == 0 {
		return b.Version
	}
	return b.Version + " (" + strings.Join(notes, ", ") + ")"
}

func versionString() string { return readBuild().String() }

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the commit it was built from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := readBuild()
			if asJSON {
				return report.JSON(cmd.OutOrStdout(), b)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "nanodiag %s %s %s\n", b, b.Go, b.Platform)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
