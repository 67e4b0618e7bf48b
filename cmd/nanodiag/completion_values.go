package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/docs/schemas"
	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

// Each function here completes one kind of value. A failure means no suggestions: a
// shell has no place for messages.

func schemaNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return schemas.Names(), cobra.ShellCompDirectiveNoFileComp
}

func shellNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// causesAndLogs are the files here, and once a word has begun the cause ids.
func causesAndLogs(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	found, directive := paths(prefix, func(entry) bool { return true })
	if len(args) > 0 || strings.Contains(prefix, "/") {
		return found, directive
	}
	for _, id := range diagnose.IDs() {
		text, _ := diagnose.Explain(id)
		found = append(found, cobra.CompletionWithDesc(id, text.Meaning))
	}
	return found, directive
}

// families are the kinds of programs that --include-family knows.
func families(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return append(bundler.FamilyNames(), "all"), cobra.ShellCompDirectiveNoFileComp
}

// formatList completes the last of several formats: "text,sa" to "text,sarif=".
func formatList(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	before, last := "", prefix
	if i := strings.LastIndexByte(prefix, ','); i >= 0 {
		before, last = prefix[:i+1], prefix[i+1:]
	}
	if name, file, ok := strings.Cut(last, "="); ok {
		found, directive := paths(file, func(entry) bool { return true })
		for i := range found {
			found[i] = before + name + "=" + found[i]
		}
		return found, directive
	}
	var out []string
	for _, f := range report.Formats() {
		if !strings.Contains(","+before, ","+f.Name+",") {
			out = append(out, before+f.Name)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// nanosVersions are the releases that are installed, newest first, and then those that
// nanodiag has facts about.
func nanosVersions(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out, names []string
	if in, err := ops.Find(); err == nil {
		for _, r := range slices.Backward(in.Releases) {
			names = append(names, r.Version)
			out = append(out, cobra.CompletionWithDesc(r.Version, "installed"))
		}
	}
	if table, err := nanos.Load(); err == nil {
		for _, v := range slices.Backward(table.Versions()) {
			if !slices.Contains(names, v) {
				out = append(out, v)
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// klibs are the kernel libraries of the release that --nanos-version names, or of the
// one in use.
func klibs(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	version, _ := cmd.Flags().GetString("nanos-version")
	if in, err := ops.Find(); err == nil {
		if version == "" {
			version = in.Nanos
		}
		for _, r := range in.Releases {
			if r.Version == version {
				return r.Klibs, cobra.ShellCompDirectiveNoFileComp
			}
		}
	}
	table, err := nanos.Load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if version == "" {
		version = table.Latest()
	}
	return table.Klibs(version), cobra.ShellCompDirectiveNoFileComp
}

// volumes are those that ops volume create made.
func volumes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	in, err := ops.Find()
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	files, _ := filepath.Glob(filepath.Join(in.Home, "volumes", "*.raw"))
	var out []string
	for _, f := range files {
		label, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".raw"), ":")
		out = append(out, label+":/")
	}
	return slices.Compact(out), cobra.ShellCompDirectiveNoSpace
}

// sonames are the libraries of the files that the command line names already.
func sonames(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	root, _ := cmd.Flags().GetString("root")
	fsys, toGuest, err := depsRoot(root)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, name := range args {
		p, err := toGuest(name)
		if err != nil {
			continue
		}
		c, err := elfdeps.NewLoader(fsys, elfdeps.Config{}).Closure(p)
		if err != nil {
			continue
		}
		for _, o := range c.Objects {
			out = append(out, o.Soname)
		}
		for _, m := range c.Missing {
			out = append(out, m.Soname)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), cobra.ShellCompDirectiveNoFileComp
}
