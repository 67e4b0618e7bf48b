// Package native is the program's run on this host: what it loaded, read and
// looked for, from our own tracer or from a log that strace(1) recorded, together
// with the DT_NEEDED closure it is compared with.
//
// In goes a program and how to run it; out comes a Run, which the bundler plans
// from and the diagnosis compares the guest with.
package native

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/hostroot"
	"github.com/nanodiag/nanodiag/strace"
)

// Spec says what to run and how.
type Spec struct {
	Program string         // host path, absolute
	Args    []string       // argv with argv[0]
	Env     []string       // "NAME=value"; the whole environment
	Dir     string         // working directory, absolute
	Root    string         // directory that is / for the program and for the paths above; "" for the host's own
	Log     string         // where to write the run as a strace(1) log; "" for nowhere
	Timeout time.Duration  // 0 for none
	Engine  strace.Engine  // how calls are seen
	Mounts  []strace.Mount // directories shown at other paths; what cannot be is told in Run.NotMounted
	User    *strace.User   // whom the program runs as; nil for the caller

	Stdin, Stdout, Stderr *os.File

	// Ended is called when the program itself ends. Record waits for what it started
	// as well: a daemon goes on. nil for nobody.
	Ended func()
}

// Run is what a native run showed.
type Run struct {
	Source  string // name of the log, as evidence cites it
	Result  *strace.Result
	Events  []strace.Event   // of the program's own process, in order
	Facts   *strace.Facts    // of the program's own process
	All     *strace.Facts    // of every process
	Closure *elfdeps.Closure // nil when the program is no ELF file or could not be resolved
	Libs    []Library        // every ELF file mapped or opened as code
	Cut     bool             // more events came than are kept

	NotMounted []string // of Spec.Mounts, the paths where this host permits none
}

// Library is an ELF file that the run mapped or opened as code.
type Library struct {
	strace.Library
	Real      string // Path with every symlink resolved
	InClosure bool   // the DT_NEEDED closure of the program holds it
	Main      bool   // the program's own process loaded it, not a child's program
	NeededBy  []string
	Soname    string // DT_SONAME; "" when the file has none or is gone
}

// maxEvents and maxEventBytes bound the memory of a run that never stops looking for
// files: at about 250 bytes an event, 500 MB, besides what its strings take.
const (
	maxEvents     = 2_000_000
	maxEventBytes = 128 << 20
)

// Record runs the program under the tracer.
func Record(ctx context.Context, spec Spec) (*Run, error) {
	if spec.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, spec.Timeout)
		defer cancel()
	}
	run := &Run{Source: filepath.Base(spec.Log)}
	if spec.Log == "" {
		run.Source = "native run"
	}
	sink, err := newLogFile(spec.Log, spec.Args)
	if err != nil {
		return nil, err
	}
	keep := newKeeper(run)
	line := 0
	res, err := run.trace(ctx, strace.Command{
		Path: spec.Program, Args: spec.Args, Env: spec.Env, Dir: spec.Dir, Root: spec.Root, Private: true,
		Mounts: spec.Mounts, User: spec.User,
		Stdin: spec.Stdin, Stdout: spec.Stdout, Stderr: spec.Stderr,
	}, strace.Options{Engine: spec.Engine, Handle: func(e *strace.Event) {
		sink.write(e)
		if e.Kind != strace.KindTask { // has no line in strace's format
			line++
		}
		if spec.Log != "" {
			e.Line = line // of the log that is written beside
		}
		keep.add(e)
		if spec.Ended != nil && e.Kind == strace.KindExit && e.TID == keep.tid {
			spec.Ended()
		}
	}})
	if res == nil { // it never ran
		sink.discard()
		return nil, err
	}
	if cerr := sink.close(); cerr != nil { // what was seen is no less for it
		res.Incomplete = append(res.Incomplete, fmt.Sprintf("the log %s is not whole: %v", spec.Log, cerr))
	}
	if err != nil {
		return nil, err
	}
	run.Result = res
	root := hostroot.At(spec.Root)
	run.finish(keep, root, spec.Program, spec.Env, spec.Dir)
	host := behind(spec.Mounts, root.OSPath)
	measure(run.Facts, res.Written, host)
	measure(run.All, res.Written, host)
	return run, nil
}

// FromLog reads a run that strace(1) recorded of program, started in dir. program is
// "" when it is not known; a log that does not show its start counts as a whole.
func FromLog(name, program, dir string, env []string) (*Run, error) {
	return FromLogIn("", name, program, dir, env)
}

// FromLogIn is FromLog of a run in another root directory (strace chroot ROOT prog), ""
// for this machine's own.
func FromLogIn(rootDir, name, program, dir string, env []string) (*Run, error) {
	root := hostroot.At(rootDir)
	run := &Run{Source: filepath.Base(name), Result: &strace.Result{}}
	var follow []string
	if program != "" {
		// The log may begin with a wrapper, and may name the program by a link.
		follow = []string{program, root.Real(program), filepath.Base(program)}
	}
	keep, err := readLog(run, name, dir, follow)
	if err != nil {
		return nil, err
	}
	if len(keep.paths) > 0 {
		if keep, err = readLog(run, name, dir, nil); err != nil {
			return nil, err
		}
		run.Result.Incomplete = append(run.Result.Incomplete, fmt.Sprintf("%s does not show the start of %s: all that is in it was taken for its run", name, program))
	}
	all := keep.all.Facts()
	run.Result.Syscalls, run.Result.Forks, run.Result.MaxThreads = all.Syscalls, all.Forks, all.Threads+1
	if len(all.Execs) > 0 {
		run.Result.Execs = all.Execs[1:] // the first is the program itself
	}
	run.Result.Incomplete = append(run.Result.Incomplete, all.Incomplete...)
	run.Result.Exit = keep.exit
	run.Result.Incomplete = append(run.Result.Incomplete,
		name+" was recorded elsewhere: peak memory is not in it, and what strace's -e option left out is not seen")
	run.finish(keep, root, program, env, dir)
	return run, nil
}

func readLog(run *Run, name, dir string, follow []string) (*keeper, error) {
	keep := newKeeper(run)
	if len(follow) > 0 {
		keep.follow(follow...)
	}
	err := strace.ReadLogFileWith(name, strace.ReaderOptions{Dir: dir}, func(e *strace.Event) error {
		keep.add(e)
		return nil
	})
	return keep, err
}

// keeper sorts events into those of the program's own process and the rest.
type keeper struct {
	bytes     int // of the strings of kept events
	run       *Run
	main, all *strace.Collector
	paths     []string // of the program, while its start is waited for
	pid       int      // thread group of the program, 0 until known
	tid       int      // its first task
	execed    bool
	other     map[int]bool // tasks that became another program
	made      map[int]bool // tasks outside the program's process, by their maker's word
	seen      map[int]bool // tasks that called something

	elsewhere bool // the last call was no task's of the program
	waits     bool // nobody of the program has called anything since another one was executed

	exit strace.Exit
}

func newKeeper(run *Run) *keeper {
	return &keeper{run: run, main: strace.NewCollector(), all: strace.NewCollector(), other: map[int]bool{}, made: map[int]bool{}, seen: map[int]bool{},
		exit: strace.Exit{Unknown: true}}
}

// follow waits for one of the paths to be executed: what came before, in a wrapper,
// is not the program's.
func (k *keeper) follow(paths ...string) {
	k.paths = paths
	k.main.Follow(paths...)
}

// starts reports whether e executes the program that is waited for.
func (k *keeper) starts(e *strace.Event) bool {
	if !executes(e) {
		return false
	}
	for _, p := range k.paths {
		if e.Path == p || e.Abs == p || filepath.Base(e.Path) == filepath.Base(p) {
			return true
		}
	}
	return false
}

func (k *keeper) add(e *strace.Event) {
	k.all.Add(e)
	if len(k.paths) > 0 {
		if !k.starts(e) {
			return
		}
		k.paths = nil
	}
	if k.tid == 0 && e.Kind != strace.KindTask && !k.made[e.TID] {
		k.tid, k.pid = e.TID, e.PID
		k.other[e.TID] = k.other[0] // on a terminal the first has no number until there are two
	}
	own := k.own(e)
	if e.Kind == strace.KindCall {
		k.elsewhere = !own
		if k.waits = k.waits && !own; !own && executes(e) {
			k.waits = true
		}
	}
	if e.Kind == strace.KindCall && e.Name == "exit_group" && (e.TID == k.tid || k.pid != 0 && e.PID == k.pid) {
		if n, err := strconv.Atoi(e.Args); err == nil {
			k.exit = strace.Exit{Code: n & 0xff} // in case the record ends before the process
		}
	}
	if e.Kind == strace.KindExit && e.TID == k.tid {
		k.exit = strace.Exit{Code: int(e.Ret), Signal: e.Sig}
	}
	if !own {
		return
	}
	// The first execve is the program's own; after a second one this is another
	// program, which the guest could not become.
	if executes(e) {
		if k.execed {
			k.keep(e)
			k.other[e.TID] = true
			k.elsewhere, k.waits = true, true
			return
		}
		k.execed = true
	}
	k.keep(e)
}

// own reports whether e is the program's: of its first task, its threads, or a task
// that nobody was seen to make. A log of file calls alone shows no clone; what
// appears there is a thread until it executes something.
func (k *keeper) own(e *strace.Event) bool {
	if k.other[e.TID] {
		return false
	}
	if e.TID == k.tid || (k.pid != 0 && e.PID == k.pid) {
		return true
	}
	if e.Kind == strace.KindTask {
		k.made[e.TID] = true
	}
	if !k.seen[e.TID] && e.Kind == strace.KindCall {
		k.seen[e.TID] = true
		// While the program waits for another one, who appears is that one's.
		if k.elsewhere && k.waits {
			k.made[e.TID] = true
		}
	}
	return !k.made[e.TID]
}

func executes(e *strace.Event) bool {
	return e.Kind == strace.KindCall && e.OK() && (e.Name == "execve" || e.Name == "execveat")
}

func (k *keeper) keep(e *strace.Event) {
	k.main.Add(e)
	k.bytes += len(e.Path) + len(e.Abs) + len(e.Args)
	if len(k.run.Events) < maxEvents && k.bytes < maxEventBytes {
		k.run.Events = append(k.run.Events, *e)
	} else {
		k.run.Cut = true
	}
}

func (r *Run) finish(k *keeper, root hostroot.Root, program string, env []string, dir string) {
	r.Facts, r.All = k.main.Facts(), k.all.Facts()
	loader := elfdeps.NewLoader(root.FS, elfdeps.Config{LibraryPath: lookup(env, "LD_LIBRARY_PATH"), Preload: lookup(env, "LD_PRELOAD"), Cwd: dir, HWCaps: elfdeps.HostHWCaps()})
	if c, err := loader.Closure(program); err == nil {
		r.Closure = c
	}
	if r.Cut {
		r.Result.Incomplete = append(r.Result.Incomplete, fmt.Sprintf("only the first %d file calls were compared", len(r.Events)))
	}
	r.Libs = classify(r, root, program)
	tellFacts(r.Facts, r.Libs)
	tellFacts(r.All, r.Libs)
}

// classify says of each library whether the closure holds it, and who needs it.
func classify(r *Run, root hostroot.Root, program string) []Library {
	closure := map[string]*elfdeps.Object{}
	if r.Closure != nil {
		for _, o := range r.Closure.Objects {
			closure[root.Real(o.Path)] = o
		}
	}
	own := map[string]bool{}
	for _, l := range r.Facts.Libraries {
		own[l.Path] = true
	}
	prog := root.Real(program)
	seen := map[string]bool{}
	var out []Library
	needed := map[string][]string{} // soname → paths of the objects that need it
	var needs [][]string            // of each in out
	for _, l := range r.All.Libraries {
		if seen[l.Path] {
			continue
		}
		seen[l.Path] = true
		lib := Library{Library: l, Real: root.Real(l.Path), Main: own[l.Path]}
		if lib.Real == prog {
			continue
		}
		if o := closure[lib.Real]; o != nil {
			lib.InClosure = true
			lib.NeededBy = o.NeededBy
		}
		var names []string
		if f, err := parse(root.FS, lib.Real); err == nil {
			lib.Soname = f.Soname
			names = f.Needed
			for _, n := range f.Needed {
				needed[n] = append(needed[n], l.Path)
			}
		}
		out, needs = append(out, lib), append(needs, names)
	}
	for i := range out {
		if out[i].InClosure {
			continue
		}
		for _, name := range []string{out[i].Soname, filepath.Base(out[i].Path)} {
			if by := needed[name]; name != "" && len(by) > 0 {
				out[i].NeededBy = by
				break
			}
		}
	}
	attribute(out, needs)
	return out
}

func parse(fsys fs.FS, p string) (*elfdeps.File, error) {
	f, err := fsys.Open(strings.TrimPrefix(p, "/"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, ok := f.(interface {
		ReadAt([]byte, int64) (int, error)
	})
	if !ok {
		return nil, fmt.Errorf("%s: cannot be read at an offset", p)
	}
	return elfdeps.Parse(r)
}

func lookup(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// RuntimeOnly lists the paths of the libraries that the program's own process
// loaded and no ELF header of its closure names. What a child's program loaded is
// not among them: the guest has no second process.
func (r *Run) RuntimeOnly() []string {
	var out []string
	for _, l := range r.Libs {
		if l.Main && !l.InClosure {
			out = append(out, l.Path)
		}
	}
	return out
}
