package bundler

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// Input is all that a plan is made of. Nothing else is read.
type Input struct {
	Host        fs.FS             // root of the machine that the native run was on; elfdeps.HostFS()
	HostRoot    string            // directory that Host is the root of; "" is "/"
	Guest       *guestfs.Tree     // what Ops puts into the image
	Program     string            // guest path
	HostProgram string            // absolute host path
	Closure     *elfdeps.Closure  // of HostProgram over Host; nil: computed here
	Facts       *strace.Facts     // of the native run
	Env         map[string]string // guest environment; LD_LIBRARY_PATH and LD_PRELOAD count
	HostEnv     map[string]string // environment of the native run; nil: as Env
	Cwd         string            // guest's working directory; "" is "/"
	HostCwd     string            // directory of the native run; "" unknown
	Table       *nanos.Table      // which paths Nanos serves itself; nil: all of /proc, /sys and /dev
	Version     string            // Nanos version for Table
	Options
}

// Options change where things go.
type Options struct {
	LibDir        string   // directory of rule 2, below the image's root; "" is "lib64"
	KeepPaths     bool     // rule 2 libraries keep their host paths too, the cache names those
	Flat          bool     // every library that is searched goes into LibDir under its base name; what is asked by path keeps it
	LibsOnly      bool     // no data
	Exclude       []string // path.Match patterns of paths or base names, or directories, that stay out
	IncludeFrozen []string // the same, for /proc, /sys and /dev files to bundle as they are now
	Only          []string // the same, and nothing else goes in, besides the libraries that those need; nil for all
	IncludeFamily []string // names of families (FamilyNames) that go in as a whole, or "all" that the run shows
}

// Kind says what an Entry is in the image.
type Kind string

// The kinds of entries.
const (
	KindLibrary Kind = "library"
	KindCache   Kind = "cache" // the generated /etc/ld.so.cache
	KindData    Kind = "data"
	KindDir     Kind = "dir"
	KindLink    Kind = "link"
)

// Entry is one thing to add to the image.
type Entry struct {
	To      string      // absolute guest path
	From    string      // absolute host path of the content; "" for links, directories and generated files
	Link    string      // symlink's text; relative
	Content []byte      // of a generated file
	Mode    fs.FileMode // type and permissions
	Kind    Kind
	Why     string // one line for people
	AskedBy string // host path of the object that asked; "" unknown
	AskedAs string // name or path that was asked for; "" for what merely comes along
	FoundBy string // elfdeps.FoundBy of the native search; "" for data
	Family  string // of what only another input needs; "" for what the native run used
	Size    int64  // bytes; 0 for links and directories
}

// Dropped is something that the program used and the plan leaves out.
type Dropped struct{ Path, Reason string }

// Unresolved is a library that the guest's loader would still not find.
type Unresolved struct {
	Name     string   // as asked
	NeededBy []string // objects that ask for it
	Tried    []string // guest paths, in order
	Reason   string
}

// Plan is what to add to an image.
type Plan struct {
	Entries    []Entry // a directory before what it holds
	Dropped    []Dropped
	Unresolved []Unresolved
	Env        map[string]string // variables to set; only where a cache cannot serve
	Size       int64             // bytes of all regular files

	host     hostFiles
	families func() []Family
}

// New plans what the guest lacks. An error means that the program itself cannot be
// examined, or that the input is incomplete; what cannot be bundled is in Dropped
// and Unresolved.
func New(in Input) (*Plan, error) {
	switch {
	case in.Host == nil || in.Guest == nil || in.Facts == nil:
		return nil, errors.New("plan a bundle: host, guest and facts are needed")
	case !path.IsAbs(in.HostProgram) || !path.IsAbs(in.Program):
		return nil, fmt.Errorf("plan a bundle: program paths must be absolute: %q, %q", in.HostProgram, in.Program)
	}
	if in.LibDir == "" {
		in.LibDir = "lib64"
	}
	in.LibDir = path.Join("/", in.LibDir)
	in.Cwd = path.Join("/", in.Cwd)
	if in.HostEnv == nil {
		in.HostEnv = in.Env
	}
	p := &planner{in: &in, plan: &Plan{host: hostFiles{FS: in.Host, Dir: in.HostRoot}},
		excluded: newMatcher(in.Exclude), frozen: newMatcher(in.IncludeFrozen), only: newMatcher(in.Only)}
	p.layout = newLayout(p.plan.host, in.Guest)
	n, err := p.model()
	if err != nil {
		return nil, err
	}
	families := p.included(n)
	if err := p.libraries(n, families); err != nil {
		return nil, err
	}
	if !in.LibsOnly {
		p.data()
		for _, f := range families {
			f.place()
		}
		p.gconv()
	}
	p.plan.Entries = p.layout.sorted()
	for _, e := range p.plan.Entries {
		p.plan.Size += e.Size
	}
	p.plan.families = sync.OnceValue(func() []Family { return p.offers(n) })
	return p.plan, nil
}

// planner is the work in progress.
type planner struct {
	in       *Input
	plan     *Plan
	layout   *layout
	excluded matcher
	frozen   matcher
	only     matcher
	wentTo   map[string]bool // host paths asked for relative to the working directory of the start; built when asked for
}

// leftOut reports what the user keeps out of the bundle.
func (p *planner) leftOut(host string) bool {
	return p.excluded.match(host) || len(p.only) > 0 && !p.only.match(host)
}

func (p *planner) drop(name, format string, args ...any) {
	p.plan.Dropped = append(p.plan.Dropped, Dropped{name, fmt.Sprintf(format, args...)})
}

// Overlay returns the guest tree with the plan laid over it, as Ops lays MapDirs
// over what it adds itself.
func (p *Plan) Overlay(guest *guestfs.Tree) (*guestfs.Tree, error) {
	t := guest.Clone()
	for _, e := range p.Entries {
		if err := t.Add(e.To, e.node(p.host)); err != nil {
			return nil, fmt.Errorf("overlay: %w", err)
		}
	}
	return t, nil
}

func (e Entry) node(h hostFiles) guestfs.Node {
	n := guestfs.Node{Mode: e.Mode, Content: e.Content, Target: e.Link, Size: e.Size, Origin: "bundle"}
	if e.From != "" {
		n.Host = h.OSPath(e.From)
	}
	return n
}
