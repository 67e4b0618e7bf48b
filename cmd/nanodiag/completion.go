package main

import (
	"io"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/spf13/cobra"
)

// shells are those that completion is written for.
var shells = []struct {
	name  string
	write func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) }},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
}

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "completion {bash|zsh|fish}",
		DisableFlagsInUseLine: true,
		Short:                 "Print the completion script of a shell",
		Long: `completion prints a script that lets the shell complete commands, flags, programs,
configurations, cause ids, formats, and Nanos versions. The packages install it.`,
		Example: `  source <(nanodiag completion bash)
  nanodiag completion zsh > "${fpath[1]}/_nanodiag"
  nanodiag completion fish > ~/.config/fish/completions/nanodiag.fish`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, s := range shells {
				if s.name == args[0] {
					return s.write(cmd.Root(), cmd.OutOrStdout())
				}
			}
			return usagef("%s: no script for this shell; use bash, zsh or fish", args[0])
		},
	}
}

// isCompletion reports whether a shell asks what could come next.
func isCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// addCompletions tells cobra what the arguments and flags of every command take.
func addCompletions(root *cobra.Command) {
	for _, c := range root.Commands() {
		c.ValidArgsFunction = cobra.NoFileCompletions
		if f := argCompletions[c.Name()]; f != nil {
			c.ValidArgsFunction = matching(f)
		}
		for _, f := range flagCompletions {
			if c.Flags().Lookup(f.flag) == nil || (f.command != "" && f.command != c.Name()) {
				continue
			}
			if _, taken := c.GetFlagCompletionFunc(f.flag); !taken {
				_ = c.RegisterFlagCompletionFunc(f.flag, matching(f.complete)) // the flag exists and is free
			}
		}
	}
}

// argCompletions is what the arguments of a command are.
var argCompletions = map[string]cobra.CompletionFunc{
	"diagnose":   firstArg(programs),
	"preflight":  firstArg(programs),
	"bundle":     firstArg(programs),
	"rehearse":   firstArg(programs),
	"trace":      firstArg(commandsAndPrograms),
	"deps":       elfFiles,
	"explain":    causesAndLogs,
	"schema":     firstArg(schemaNames),
	"completion": firstArg(shellNames),
}

// flagCompletions is what a flag takes, in all commands that have it or in one; of two
// that fit, the first counts. Flags that are not here take text or a file of any kind.
var flagCompletions = []struct {
	command, flag string
	complete      cobra.CompletionFunc
}{
	{"trace", "engine", words("auto", "ptrace", "notify")},
	{"", "engine", words("auto", "ops", "rehearse")},
	{"", "arch", words("amd64", "arm64")},
	{"", "fail-on", words("error", "warning", "none")},
	{"", "format", formatList},
	{"", "config", filesNamed("json")},
	{"", "baseline", filesNamed("json")},
	{"", "program", programs},
	{"", "why", sonames},
	{"", "nanos-version", nanosVersions},
	{"", "klibs", klibs},
	{"", "mounts", volumes},
	{"", "include-family", families},
	{"", "cloud", platforms},
	{"", "target-cloud", platforms},
	{"", "run-dir", directories},
	{"", "root", directories},
	{"", "target-root", directories},
	{"", "library-path", directories},
	{"", "timeout", words("10s", "1m", "10m")},
	{"", "memory", words("256m", "512m", "1G", "2G", "4G")},
}

// matching leaves out what the word under the cursor does not begin.
func matching(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		list, directive := f(cmd, args, prefix)
		if directive&(cobra.ShellCompDirectiveFilterFileExt|cobra.ShellCompDirectiveFilterDirs) == 0 { // else the list is no words
			list = slices.DeleteFunc(list, func(s string) bool { return !strings.HasPrefix(s, prefix) })
		}
		return list, directive
	}
}

// words completes to one of a few.
func words(list ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return slices.Clone(list), cobra.ShellCompDirectiveNoFileComp
	}
}

// platforms are those that ops knows.
var platforms = words(ops.CloudPlatforms...)

// filesNamed has the shell complete files with this extension, and directories.
func filesNamed(ext ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(ext, cobra.ShellCompDirectiveFilterFileExt)
}

func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// firstArg completes the first argument; what follows are the program's own, which
// are files as likely as anything.
func firstArg(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return f(cmd, args, prefix)
	}
}
