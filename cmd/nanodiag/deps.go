package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

type depsFlags struct {
	tree, json, all, hints bool
	dot, mermaid           bool
	why, root              string
	libraryPath, preload   string
}

func depsCommand() *cobra.Command {
	var f depsFlags
	c := &cobra.Command{
		Use:                   "deps [flags] ELF…",
		DisableFlagsInUseLine: true,
		Short:                 "List the libraries that the loader would load, without running the program",
		Long: `deps resolves the DT_NEEDED closure of each ELF file as the dynamic loader would,
and never runs the file. It says how each library was found, and for a missing
one every place that was tried. With several files, those that are no ELF files
are left out.`,
		Example: `  nanodiag deps /usr/bin/python3
  nanodiag deps --tree ./prover
  nanodiag deps --why libz.so.1 ./prover
  nanodiag deps --hints ./prover                 what it may load at run time
  nanodiag deps --root ./rootfs /usr/bin/prover
  nanodiag deps --dot ./prover | dot -Tsvg > prover.svg`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDeps(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), f, args)
		},
	}
	c.Flags().BoolVar(&f.tree, "tree", false, "show who needs whom, and how each library was found")
	c.Flags().StringVar(&f.why, "why", "", "show the shortest chain that leads to this `SONAME`")
	c.Flags().BoolVar(&f.all, "all", false, "with --why: everything that leads there, as a tree")
	c.Flags().BoolVar(&f.hints, "hints", false, "look into the files for signs of dlopen, too")
	c.Flags().StringVar(&f.root, "root", "/", "resolve inside this `DIR` as if it were /")
	c.Flags().StringVar(&f.libraryPath, "library-path", os.Getenv("LD_LIBRARY_PATH"), "search these directories as LD_LIBRARY_PATH")
	c.Flags().StringVar(&f.preload, "preload", os.Getenv("LD_PRELOAD"), "load these `LIBRARIES` first, as LD_PRELOAD")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().BoolVar(&f.dot, "dot", false, "print a graph for Graphviz")
	c.Flags().BoolVar(&f.mermaid, "mermaid", false, "print a graph for Mermaid")
	return c
}

// check refuses forms of output that exclude one another.
func (f *depsFlags) check() error {
	var forms []string
	for _, form := range []struct {
		name string
		set  bool
	}{{"--tree", f.tree}, {"--why", f.why != ""}, {"--json", f.json}, {"--dot", f.dot}, {"--mermaid", f.mermaid}} {
		if form.set {
			forms = append(forms, form.name)
		}
	}
	switch {
	case len(forms) > 1:
		return usagef("%s exclude one another; give one", strings.Join(forms, " and "))
	case f.hints && (f.dot || f.mermaid || f.why != ""):
		return usagef("--hints does not go with %s; give it alone, with --tree or with --json", forms[0])
	case f.all && f.why == "":
		return usagef("--all belongs to --why SONAME")
	}
	return nil
}

func runDeps(ctx context.Context, stdout, stderr io.Writer, f depsFlags, files []string) error {
	if err := f.check(); err != nil {
		return err
	}
	// A closure is small and the process ends with it: collecting garbage from 4 MiB on
	// costs a fifth of the time of a program with 200 libraries.
	debug.SetGCPercent(300)
	fsys, toGuest, err := depsRoot(f.root)
	if err != nil {
		return err
	}
	cwd, err := os.Getwd()
	if err != nil { // it was removed: absolute paths do without, and this leads nowhere
		cwd = "/proc/self/cwd"
	}
	var hwcaps []string
	if f.root == "/" {
		hwcaps = elfdeps.HostHWCaps()
	}
	r := depsRun{
		flags: f, several: len(files) > 1,
		loader: elfdeps.NewLoader(fsys, elfdeps.Config{LibraryPath: f.libraryPath, Preload: f.preload, Cwd: cwd, HWCaps: hwcaps}),
		text:   report.NewDepsText(stdout, colour(os.Stdout)),
	}
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := toGuest(name)
		var closure *elfdeps.Closure
		if err == nil {
			closure, err = r.loader.Closure(p)
		}
		switch {
		case err == nil:
			r.take(name, closure)
		case !r.several:
			return depsError(name, err)
		case errors.Is(err, elfdeps.ErrNotELF), errors.Is(err, elfdeps.ErrDirectory):
			r.others++ // what DIR/* brings along
		default:
			err = depsError(name, err)
			printError(stderr, err)
			r.code = exitUsage
			if f.json {
				r.docs = append(r.docs, report.FailedDeps(name, p, err))
			}
		}
	}
	if r.others > 0 {
		printError(stderr, fmt.Errorf("left out %s", report.Count(r.others, "argument that is no ELF file", "arguments that are no ELF files")))
	}
	if err := r.finish(stdout); err != nil {
		return err
	}
	return exitWith(r.code)
}

// depsRun is one command line: each file in turn, with one cache of what was parsed.
type depsRun struct {
	flags   depsFlags
	several bool
	loader  *elfdeps.Loader
	text    *report.DepsText
	graph   report.DepsGraph
	docs    []report.Deps
	others  int // files that are not ELF
	code    exitCode
}

func (r *depsRun) take(name string, c *elfdeps.Closure) {
	f := &r.flags
	if len(c.Missing) > 0 || c.InterpreterMissing || len(c.VersionMissing) > 0 {
		r.found()
	}
	var hints []elfdeps.Hint
	var incomplete []string
	if f.hints {
		hints, incomplete = r.loader.Hints(c)
	}
	if f.json {
		doc := report.NewDeps(name, c)
		if f.hints {
			doc.AddHints(hints, incomplete)
		}
		r.docs = append(r.docs, doc)
		return
	}
	if f.dot || f.mermaid {
		r.graph.Add(c)
		return
	}
	if r.several && !f.tree && f.why == "" { // these begin with the path
		r.text.Name(name)
	}
	switch {
	case f.why != "":
		if !r.text.Why(c, f.why, f.all) {
			r.found()
		}
	case f.tree:
		r.text.Tree(c)
	default:
		r.text.Flat(c)
	}
	if f.hints {
		r.text.Hints(hints, incomplete)
	}
}

// found makes findings the exit status, where nothing worse is.
func (r *depsRun) found() { r.code = max(r.code, exitFindings) }

func (r *depsRun) finish(w io.Writer) error {
	switch {
	case r.flags.json && r.several:
		return report.JSON(w, report.DepsList{Schema: report.SchemaDepsList, Items: r.docs})
	case r.flags.json:
		return report.JSON(w, r.docs[0])
	case r.flags.dot:
		return r.graph.DOT(w)
	case r.flags.mermaid:
		return r.graph.Mermaid(w)
	}
	return r.text.Flush()
}

// errNoName is an empty argument, as "$UNSET" makes.
var errNoName = errors.New("an empty name; give the path of an ELF program or library")

// depsRoot gives the file system to resolve in, and how a name on the command line
// becomes a path in it: with --root, names are paths inside the root, or host paths
// that lie below it.
func depsRoot(root string) (fs.FS, func(string) (string, error), error) {
	if root == "/" || root == "" {
		return elfdeps.HostFS(), hostPath, nil
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
	roots := []string{absRoot}
	if real, err := filepath.EvalSymlinks(absRoot); err == nil && real != absRoot {
		roots = append(roots, real)
	}
	inside := func(name string) (string, error) {
		if name == "" {
			return "", errNoName
		}
		if abs, err := filepath.Abs(name); err == nil {
			names := []string{abs}
			if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil { // by another link to the root
				names = append(names, filepath.Join(dir, filepath.Base(abs)))
			}
			for _, n := range names {
				for _, r := range roots {
					if strings.HasPrefix(n, r+"/") {
						return strings.TrimPrefix(n, r), nil
					}
				}
			}
		}
		return "/" + strings.TrimPrefix(name, "/"), nil
	}
	return os.DirFS(absRoot), inside, nil
}

// hostPath is the absolute path of an argument. Only a relative one needs the working
// directory, which may have been removed.
func hostPath(name string) (string, error) {
	if name == "" {
		return "", errNoName
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return name, fmt.Errorf("%s: read the working directory: %w", name, err)
	}
	return abs, nil
}

// depsError says in one line what is wrong with an argument.
func depsError(name string, err error) error {
	var here *os.SyscallError
	switch {
	case errors.As(err, &here): // no working directory
		return usagef("%w; give an absolute path", err)
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s: no such file; give the path of an ELF program or library", name)
	case errors.Is(err, fs.ErrPermission):
		return usagef("%s: permission denied; make it readable for this user", name)
	case errors.Is(err, elfdeps.ErrDirectory):
		return usagef("%s: a directory; give the files in it, %s/*", name, strings.TrimSuffix(name, "/"))
	}
	return usagef("%w", err) // it tells the path
}
