package bundler

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/strace"
)

// request is one library that the program, or a library of it, asked its loader for
// at run time.
type request struct {
	name      string // soname or path, as the guest will ask
	byPath    bool
	elsewhere bool   // searched for, and found where the model of the host does not look
	certain   bool   // the record shows how it was asked; else the loader model says so
	caller    string // host path of the asking object; "" unknown
	path      string // host path as opened
	family    string // of a library that only another input would load
	foundBy   elfdeps.FoundBy
	file      *elfdeps.File
}

// found is a library as the native loader found it.
type found struct {
	soname   string
	path     string
	foundBy  elfdeps.FoundBy
	neededBy []string
	file     *elfdeps.File
}

// native is the model of the process on the host.
type native struct {
	loader *elfdeps.Loader
	proc   *elfdeps.Closure
	sonams map[string]found // by name asked for
	loaded map[string]bool  // real paths
}

// libraries plans rule 1 and rule 2.
func (p *planner) libraries(n *native, families []*members) error {
	var reqs []request
	for _, lib := range p.in.Facts.Libraries {
		if r, ok := p.request(n, lib); ok {
			reqs = append(reqs, r)
		}
	}
	for _, f := range families {
		reqs = append(reqs, f.reqs...)
	}
	return p.resolve(n, reqs)
}

// model resolves the program on the host, with generic libraries only: those are
// what a guest with another CPU can run.
func (p *planner) model() (*native, error) {
	n := &native{sonams: map[string]found{}, loaded: map[string]bool{}}
	cwd := p.in.HostCwd
	if cwd == "" {
		cwd = "/"
	}
	n.loader = elfdeps.NewLoader(p.in.Host, elfdeps.Config{
		LibraryPath: p.in.HostEnv["LD_LIBRARY_PATH"], Preload: p.in.HostEnv["LD_PRELOAD"], Cwd: cwd,
	})
	proc, err := n.loader.Closure(p.in.HostProgram)
	if err != nil {
		if p.in.Closure == nil {
			return nil, fmt.Errorf("plan a bundle: %w", err)
		}
		proc = p.in.Closure
	}
	n.take(proc)
	n.proc = proc
	return n, nil
}

func (n *native) take(c *elfdeps.Closure) {
	for _, o := range c.Objects {
		n.loaded[o.Real] = true
		f := found{o.Soname, o.Path, o.FoundBy, o.NeededBy, o.File}
		if _, ok := n.sonams[o.Soname]; !ok {
			n.sonams[o.Soname] = f
		}
		if o.File != nil && o.File.Soname != "" {
			if _, ok := n.sonams[o.File.Soname]; !ok {
				n.sonams[o.File.Soname] = f
			}
		}
	}
}

// generic strips a glibc-hwcaps directory where the library exists without it.
func (p *planner) generic(lib string) string {
	i := strings.Index(lib, "/glibc-hwcaps/")
	if i < 0 {
		return lib
	}
	plain := path.Join(lib[:i], path.Base(lib))
	if _, _, err := p.plan.host.Resolve(plain); err != nil {
		return lib
	}
	return plain
}

// request decides how lib was asked for, and takes it into the model of the host's
// process. ok is false where it needs no request: it came with the program or with
// another library, or is no library at all.
func (p *planner) request(n *native, lib strace.Library) (request, bool) {
	if !path.IsAbs(lib.Path) {
		p.drop(lib.Path, "was opened by a relative path, and the directory of the native run is not known")
		return request{}, false
	}
	if p.leftOut(lib.Path) {
		return request{}, false
	}
	hostPath := p.generic(lib.Path)
	real, info, err := p.plan.host.Resolve(hostPath)
	if err != nil {
		p.drop(lib.Path, "%v", notThere(err))
		return request{}, false
	}
	file, err := p.parse(real)
	if err != nil || !info.Mode().IsRegular() {
		p.data1(strace.FileUse{Path: lib.Path, Asked: lib.Asked, Mode: strace.ModeRead}) // code that no loader loads: SBCL cores, jimages
		return request{}, false
	}
	r := request{path: hostPath, caller: lib.OpenedBy, file: file}
	base := path.Base(hostPath)
	search := lib.RequestedAs == path.Base(lib.Path)
	if known, ok := n.sonams[base]; ok && known.path == hostPath {
		return request{}, false // loaded under this very name already
	}
	if lib.Asked != "" && !search {
		r.name, r.byPath, r.certain = path.Join(p.in.Cwd, lib.Asked), true, true
		if p.in.HostCwd != "" && path.Join(p.in.HostCwd, lib.Asked) != lib.Path {
			r.name = lib.Path // relative to a directory that the program went to
		}
	} else if found, ok := n.search(base, lib.OpenedBy, hostPath, real); ok {
		r.name, r.foundBy, r.certain = base, found, search
	} else if search { // by a search path that the model does not know: of another object, of a changed environment
		r.name, r.elsewhere, r.certain = base, true, true
	} else {
		r.name, r.byPath, r.certain = hostPath, true, true
	}
	ask := r.name
	if r.byPath {
		ask = hostPath
	}
	if added, err := n.loader.Dlopen(n.proc, lib.OpenedBy, ask); err == nil {
		n.proc = added
		n.take(added)
	}
	return r, true
}

// search reports how the native loader finds base, if that leads to the very path
// that was opened: the loader opens the paths of its cache and directories, a
// program that names a path usually writes it otherwise.
func (n *native) search(base, caller, opened, real string) (elfdeps.FoundBy, bool) {
	callers := []string{caller}
	if caller != "" {
		callers = append(callers, "")
	}
	for _, c := range callers {
		added, err := n.loader.Dlopen(n.proc, c, base)
		if err != nil {
			continue
		}
		for _, o := range added.Objects {
			if o.Soname == base && o.Real == real && o.Path == opened {
				return o.FoundBy, true
			}
		}
	}
	return "", false
}

func (p *planner) parse(real string) (*elfdeps.File, error) {
	f, err := p.in.Host.Open(rel(real))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, ok := f.(io.ReaderAt)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: real, Err: fs.ErrInvalid}
	}
	return elfdeps.Parse(r)
}

// keepsPath is rule 1 for a library that was searched for.
func (p *planner) keepsPath(by elfdeps.FoundBy, f *elfdeps.File) bool {
	switch by {
	case elfdeps.ByRpath, elfdeps.ByRunpath, elfdeps.ByLibraryPath, elfdeps.ByPath:
		return true
	}
	return p.in.KeepPaths || usesOrigin(f)
}

// usesOrigin: the library finds others, or its data, relative to itself.
func usesOrigin(f *elfdeps.File) bool {
	if f == nil {
		return false
	}
	return slices.ContainsFunc(slices.Concat(f.Rpath, f.Runpath, f.Needed), func(s string) bool {
		return strings.Contains(s, "$ORIGIN") || strings.Contains(s, "${ORIGIN}")
	})
}
