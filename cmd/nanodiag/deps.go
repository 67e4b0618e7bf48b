package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

type depsFlags struct {
	tree, json, all bool
	why, root       string
	libraryPath     string
}

func depsCommand() *cobra.Command {
	var f depsFlags
	c := &cobra.Command{
		Use:                   "deps [flags] ELF…",
		DisableFlagsInUseLine: true,
		Short:                 "List the libraries that the loader would load, without running the program",
		Long: `deps resolves the DT_NEEDED closure of each ELF file as the dynamic loader would,
and never runs the file. It says how each library was found, and for a missing
one every place that was tried.`,
		Example: `  nanodiag deps /usr/bin/python3
  nanodiag deps --tree ./prover
  nanodiag deps --why libz.so.1 ./prover
  nanodiag deps --root ./rootfs /usr/bin/prover`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDeps(cmd.Context(), cmd.OutOrStdout(), f, args)
		},
	}
	c.Flags().BoolVar(&f.tree, "tree", false, "show who needs whom, and how each library was found")
	c.Flags().StringVar(&f.why, "why", "", "show the shortest chain that leads to this `SONAME`")
	c.Flags().BoolVar(&f.all, "all", false, "with --why: every chain, not only the shortest")
	c.Flags().StringVar(&f.root, "root", "/", "resolve inside this `DIR` as if it were /")
	c.Flags().StringVar(&f.libraryPath, "library-path", os.Getenv("LD_LIBRARY_PATH"), "search these directories as LD_LIBRARY_PATH")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func runDeps(ctx context.Context, w io.Writer, f depsFlags, files []string) error {
	fsys, toGuest, err := depsRoot(f.root)
	if err != nil {
		return err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("read the working directory: %w", err)
	}
	var hwcaps []string
	if f.root == "/" {
		hwcaps = elfdeps.HostHWCaps()
	}
	loader := elfdeps.NewLoader(fsys, elfdeps.Config{LibraryPath: f.libraryPath, Cwd: cwd, HWCaps: hwcaps})
	var docs []report.Deps
	code := exitClean
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		closure, err := loader.Closure(toGuest(name))
		if err != nil {
			return depsError(name, err)
		}
		if len(closure.Missing) > 0 || closure.InterpreterMissing || len(closure.VersionMissing) > 0 {
			code = exitFindings
		}
		if f.json {
			docs = append(docs, report.NewDeps(name, closure))
			continue
		}
		if len(files) > 1 {
			fmt.Fprintf(w, "%s:\n", report.Escape(name))
		}
		switch {
		case f.why != "":
			if !report.DepsWhy(w, closure, f.why, f.all) {
				code = exitFindings
			}
		case f.tree:
			report.DepsTree(w, closure)
		default:
			report.DepsFlat(w, closure)
		}
	}
	if f.json {
		var doc any = report.DepsList{Schema: report.SchemaDepsList, Items: docs}
		if len(docs) == 1 {
			doc = docs[0]
		}
		if err := report.JSON(w, doc); err != nil {
			return err
		}
	}
	return exitWith(code)
}

// depsRoot gives the file system to resolve in, and how a name on the command line
// becomes a path in it: with --root, names are paths inside the root, or host paths
// that lie below it.
func depsRoot(root string) (fs.FS, func(string) string, error) {
	if root == "/" || root == "" {
		abs := func(name string) string {
			if a, err := filepath.Abs(name); err == nil {
				return a
			}
			return name
		}
		return elfdeps.HostFS(), abs, nil
	}
	info, err := os.Stat(root)
	if err != nil {
		return nil, nil, usagef("--root %s: %w; name a directory that holds a root file system", root, errors.Unwrap(err))
	}
	if !info.IsDir() {
		return nil, nil, usagef("--root %s: not a directory; name a directory that holds a root file system", root)
	}
	absRoot, err := filepath.Abs(root)
	if err != nil {
		return nil, nil, fmt.Errorf("--root %s: %w", root, err)
	}
	inside := func(name string) string {
		if abs, err := filepath.Abs(name); err == nil && strings.HasPrefix(abs, absRoot+"/") {
			return strings.TrimPrefix(abs, absRoot)
		}
		return "/" + strings.TrimPrefix(name, "/")
	}
	return os.DirFS(absRoot), inside, nil
}

// depsError says in one line what is wrong with an argument.
func depsError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s: no such file; give the path of an ELF program or library", name)
	case errors.Is(err, fs.ErrPermission):
		return usagef("%s: permission denied; make it readable for this user", name)
	case errors.Is(err, elfdeps.ErrNotELF):
		return usagef("%s: %w", name, err)
	}
	return usagef("%s: %w", name, err)
}
