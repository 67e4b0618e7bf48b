package main

import (
	"bufio"
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/spf13/pflag"
)

// bundleFlags say what goes into the bundle, and where.
type bundleFlags struct {
	opt  bundler.Options
	only string // file of the allow-list
}

func (f *bundleFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.opt.LibDir, "lib-dir", "lib64", "directory in the image for libraries that are asked for by name")
	fs.BoolVar(&f.opt.KeepPaths, "keep-paths", false, "leave every library at its host path")
	fs.BoolVar(&f.opt.Flat, "flat", false, "put every library into --lib-dir, as the manual recipe does")
	fs.BoolVar(&f.opt.LibsOnly, "libs-only", false, "bundle libraries and no data files")
	fs.StringArrayVar(&f.opt.Exclude, "exclude", nil, "leave paths that match this `GLOB` out of the bundle")
	fs.StringVar(&f.only, "only", "", "bundle nothing but what the globs in this `FILE` match, one a line, and the libraries that it needs")
	fs.StringSliceVar(&f.opt.IncludeFamily, "include-family", nil, "bundle all of this family too, for other inputs: `NAME` or all ("+strings.Join(bundler.FamilyNames(), ", ")+")")
	fs.StringArrayVar(&f.opt.IncludeFrozen, "include-frozen", nil, "bundle files of /proc, /sys and /dev that match this `GLOB` as they are now")
}

// options checks the flags. Mistakes are usage errors.
func (f *bundleFlags) options() (bundler.Options, error) {
	opt := f.opt
	for _, l := range []struct {
		flag  string
		globs []string
	}{{"--exclude", opt.Exclude}, {"--include-frozen", opt.IncludeFrozen}} {
		for _, g := range l.globs {
			if err := checkGlob(g); err != nil {
				return opt, usagef("%s %s: %w", l.flag, g, err)
			}
		}
	}
	for _, name := range opt.IncludeFamily {
		if name != "all" && !slices.Contains(bundler.FamilyNames(), name) {
			return opt, usagef("--include-family %s: no such family; there are %s, and all", name, strings.Join(bundler.FamilyNames(), ", "))
		}
	}
	if f.only != "" {
		var err error
		if opt.Only, err = readGlobs(f.only); err != nil {
			return opt, err
		}
	}
	return opt, nil
}

func checkGlob(g string) error {
	if _, err := path.Match(g, ""); err != nil {
		return errors.New(`not a glob: a "[" is not closed or a "\" ends it; write \[ for a bracket`)
	}
	return nil
}

// readGlobs reads an allow-list: globs of paths, base names or directories, one a
// line; "#" begins a comment.
func readGlobs(name string) ([]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, inputError(name, err, "--only names a file of globs, one a line")
	}
	defer file.Close()
	var globs []string
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		g, _, _ := strings.Cut(lines.Text(), "#")
		if g = strings.TrimSpace(g); g == "" {
			continue
		}
		if err := checkGlob(g); err != nil {
			return nil, usagef("%s:%d: %s: %w", name, n, g, err)
		}
		globs = append(globs, g)
	}
	if err := lines.Err(); err != nil {
		return nil, inputError(name, err, "--only names a file of globs, one a line")
	}
	if len(globs) == 0 {
		return nil, usagef("%s: no glob in it, so nothing would be bundled; --only names a file of globs, one a line", name)
	}
	return globs, nil
}
