package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// entry is a candidate on disk, links followed.
type entry struct {
	name string // as it would stand on the command line
	mode fs.FileMode
}

// executable reports whether e may be a program.
func executable(e entry) bool { return e.mode.IsRegular() && e.mode&0o111 != 0 }

// maxCommands bounds how many names from PATH are offered; nobody reads more.
const maxCommands = 200

// programs are executable files, by path as ops run takes them.
func programs(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return paths(prefix, executable)
}

// commandsAndPrograms are executable files and, once a word has begun, names on PATH.
func commandsAndPrograms(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	found, directive := paths(prefix, executable)
	if prefix == "" || strings.Contains(prefix, "/") {
		return found, directive
	}
	seen := map[string]bool{}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if name := e.Name(); strings.HasPrefix(name, prefix) && !seen[name] && len(seen) < maxCommands {
				if info, err := os.Stat(filepath.Join(dir, name)); err == nil && executable(entry{name, info.Mode()}) {
					seen[name] = true
					found = append(found, name)
				}
			}
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// elfFiles are what deps can look into: programs and libraries.
func elfFiles(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return paths(prefix, func(e entry) bool {
		return executable(e) || e.mode.IsRegular() && strings.Contains(filepath.Base(e.name), ".so")
	})
}

// paths completes a path to the directories, and the files that keep accepts. Only a
// single directory lets the shell go on without a space.
func paths(prefix string, keep func(entry) bool) ([]string, cobra.ShellCompDirective) {
	if strings.HasPrefix(prefix, "~") { // the shell knows whose home it is
		return nil, cobra.ShellCompDirectiveDefault
	}
	dir, base := filepath.Split(prefix)
	read := dir
	if read == "" {
		read = "."
	}
	entries, err := os.ReadDir(read)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, base) || (base == "" && name[0] == '.') {
			continue
		}
		info, err := os.Stat(filepath.Join(read, name))
		if err != nil {
			continue
		}
		switch {
		case info.IsDir():
			out = append(out, dir+name+"/")
		case keep(entry{dir + name, info.Mode()}):
			out = append(out, dir+name)
		}
	}
	if len(out) == 1 && strings.HasSuffix(out[0], "/") {
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
