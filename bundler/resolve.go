package bundler

import (
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// loaderCache is where glibc's loader looks for its cache.
const loaderCache = "/etc/ld.so.cache"

// resolver places libraries until the guest's loader finds all.
type resolver struct {
	*planner
	native *native
	cache  map[string]elfdeps.CacheEntry // by soname
	tries  map[string]int                // times a name was placed
	failed map[string]Unresolved
	order  []string
	musl   bool
	placed map[string]bool // in this round
}

// maxRounds bounds the search for a fixed point; each round places a further level
// of dependencies, and a name is placed at most twice.
const maxRounds = 64

// resolve asks the guest's loader for the program and every request, and places what
// it lacks, until it lacks nothing or nothing more can be done.
func (p *planner) resolve(n *native, reqs []request) error {
	r := &resolver{planner: p, native: n, cache: map[string]elfdeps.CacheEntry{}, tries: map[string]int{},
		musl: strings.HasPrefix(path.Base(n.proc.Interpreter), "ld-musl")}
	for round := 0; round < maxRounds; round++ {
		r.placed, r.failed, r.order = map[string]bool{}, map[string]Unresolved{}, nil
		if err := r.round(reqs); err != nil {
			return err
		}
		if len(r.placed) == 0 {
			break
		}
		if err := r.writeCache(); err != nil {
			return err
		}
	}
	for _, name := range r.order {
		p.plan.Unresolved = append(p.plan.Unresolved, r.failed[name])
	}
	return nil
}

func (r *resolver) round(reqs []request) error {
	env := r.in.Env["LD_LIBRARY_PATH"]
	if v, ok := r.plan.Env["LD_LIBRARY_PATH"]; ok {
		env = v
	}
	loader := elfdeps.NewLoader(r.layout.tree, elfdeps.Config{LibraryPath: env, Preload: r.in.Env["LD_PRELOAD"], Cwd: r.in.Cwd})
	proc, err := loader.Closure(r.in.Program)
	if err != nil {
		return err
	}
	r.interpreter(proc)
	r.lacking(proc, nil)
	for i := range reqs {
		q := &reqs[i]
		if q.byPath && !r.layout.has(q.name) || r.in.Flat && !q.byPath && r.tries[q.name] == 0 {
			r.put(q.name, q)
			continue
		}
		added, err := loader.Dlopen(proc, r.guestCaller(q.caller), q.name)
		if err != nil {
			r.unresolved(elfdeps.Missing{Soname: q.name, Reason: err.Error()})
			continue
		}
		r.lacking(added, q)
		if q.family == "" { // plugins of a family do not build on each other
			proc = added
		}
	}
	return nil
}

// guestCaller is the asking object as the guest's loader knows it: by its soname or
// base name, since its path may be another there.
func (r *resolver) guestCaller(host string) string {
	if host == "" || host == r.in.HostProgram {
		return ""
	}
	if f, ok := r.native.sonams[path.Base(host)]; ok {
		return f.soname
	}
	// A tracer may know the object by its real path, libx.so.0.8.6.
	for _, f := range r.native.sonams {
		if f.path == host || r.real(f.path) == host {
			return f.soname
		}
	}
	if r.in.Closure != nil {
		for _, o := range r.in.Closure.Objects {
			if o.Path == host || o.Real == host {
				return o.Soname
			}
		}
	}
	if r.layout.has(host) {
		return host
	}
	return "" // nobody the guest knows: the program's own search path stands for it
}

// interpreter brings the loader itself where the image lacks it: Ops loses that of a
// target root in which it is an absolute link, as Debian's was until 2021.
func (r *resolver) interpreter(proc *elfdeps.Closure) {
	at := proc.Interpreter
	if !proc.InterpreterMissing || !path.IsAbs(at) || r.tries[at] > 0 || r.excluded.match(at) {
		return
	}
	r.tries[at]++
	if _, err := r.layout.place(at, at, Entry{Kind: KindLibrary, AskedAs: at, Why: "the program's ELF interpreter, which the image lacks"}); err != nil {
		r.drop(at, "%v", err)
		return
	}
	r.placed[at] = true
}

// lacking places what the loader misses. q is the request that led there.
func (r *resolver) lacking(c *elfdeps.Closure, q *request) {
	for _, m := range c.Missing {
		switch f, ok := r.native.sonams[m.Soname]; {
		case q != nil && m.Soname == q.name:
			if !r.put(q.name, q) {
				r.unresolved(m)
			}
		case ok:
			need := &request{name: f.soname, certain: true, path: f.path, foundBy: f.foundBy, file: f.file}
			if len(f.neededBy) > 0 {
				need.caller = f.neededBy[0]
			}
			if q != nil {
				need.family = q.family
			}
			if m.Soname != f.soname {
				need.name = m.Soname
			}
			need.byPath = strings.Contains(need.name, "/")
			if !r.put(need.name, need) {
				r.unresolved(m)
			}
		default:
			r.unresolved(m) // natively missing too
		}
	}
	for _, v := range c.VersionMissing {
		r.unresolved(elfdeps.Missing{Soname: v.Object, NeededBy: []string{v.NeededBy}, Reason: "lacks version " + v.Version})
	}
}

func (r *resolver) unresolved(m elfdeps.Missing) {
	if _, ok := r.failed[m.Soname]; !ok {
		r.order = append(r.order, m.Soname)
		r.failed[m.Soname] = Unresolved{Name: m.Soname, NeededBy: m.NeededBy, Tried: m.Tried, Reason: m.Reason}
	}
}

// put places a library: first where the rules say, then, where the guest's loader
// still does not find it, wherever it is plus its name in the cache. It reports
// false when both were tried.
func (r *resolver) put(name string, q *request) bool {
	if r.excluded.match(q.path) {
		return false
	}
	about := Entry{Kind: KindLibrary, AskedBy: q.caller, AskedAs: name, FoundBy: string(q.foundBy), Family: q.family, Why: q.why()}
	if r.placed[name] {
		return true // the next round's loader will see it
	}
	try := r.tries[name]
	r.tries[name]++
	var at string
	var err error
	switch {
	case try > 1 || try == 1 && q.byPath:
		return false
	case q.byPath: // with Flat too: a name with a slash is never searched
		if at, err = r.layout.place(name, q.path, about); err == nil {
			r.alias(at, q.path, name == q.path)
		}
	case r.in.Flat:
		at, err = r.layout.place(path.Join(r.in.LibDir, path.Base(name)), r.real(q.path), about)
		r.nameInCache(path.Base(name), at, q.file)
	case try == 0 && (q.elsewhere || r.keepsPath(q.foundBy, q.file)):
		if at, err = r.layout.place(q.path, q.path, about); r.cached(q.foundBy) && !q.elsewhere {
			r.nameInCache(name, at, q.file)
		}
	case try == 0:
		_, err = r.intoLibDir(name, q, about)
	default: // kept its path, and the guest's loader does not look there
		at, err = r.layout.place(q.path, q.path, about)
		r.nameInCache(name, at, q.file)
	}
	if err != nil {
		r.drop(q.path, "%v", err)
		return false
	}
	r.placed[name] = true
	return true
}

func (r *resolver) real(p string) string {
	if real, _, err := r.plan.host.Resolve(p); err == nil {
		return real
	}
	return p
}

// cached are the rules whose work in the guest is the cache's.
func (r *resolver) cached(by elfdeps.FoundBy) bool {
	return by == elfdeps.ByCache || by == elfdeps.ByDefault || by == ""
}

// intoLibDir is rule 2. A library that the image has already needs only its name in
// the cache. Where the record does not show that the loader searched, the host's
// path leads there too, in case that was asked.
func (r *resolver) intoLibDir(name string, q *request, about Entry) (string, error) {
	real, info, err := r.plan.host.Resolve(q.path)
	if err != nil {
		return "", err
	}
	if at := r.layout.regular[identity(real, info)]; at != "" && r.layout.entries[at] == nil && !r.musl {
		r.nameInCache(name, at, q.file)
		return at, nil
	}
	at, err := r.layout.place(path.Join(r.in.LibDir, name), real, about)
	if err != nil {
		return "", err
	}
	r.nameInCache(name, at, q.file)
	if !q.certain {
		if _, err := r.layout.place(q.path, real, Entry{Why: "in case " + name + " is asked for by this path", AskedAs: q.path}); err != nil {
			r.drop(q.path, "%v", err)
		}
	}
	return at, nil
}

func (r *resolver) nameInCache(name, at string, f *elfdeps.File) {
	if r.musl || f == nil || at == "" {
		r.libraryPath(path.Dir(at))
		return
	}
	r.cache[name] = elfdeps.CacheEntry{Soname: name, Path: at, Flags: elfdeps.CacheFlags(f)}
}

// libraryPath adds dir to LD_LIBRARY_PATH, for a loader without a cache.
func (r *resolver) libraryPath(dir string) {
	if r.plan.Env == nil {
		r.plan.Env = map[string]string{}
	}
	cur, ok := r.plan.Env["LD_LIBRARY_PATH"]
	if !ok {
		cur = r.in.Env["LD_LIBRARY_PATH"]
	}
	switch {
	case cur == "":
		cur = dir
	case !slices.Contains(strings.Split(cur, ":"), dir):
		cur += ":" + dir
	}
	r.plan.Env["LD_LIBRARY_PATH"] = cur
}

func (q *request) why() string {
	switch {
	case q.family != "" && q.byPath:
		return "of the family " + q.family + ", for another input"
	case q.byPath:
		return "opened by this path at run time"
	case q.foundBy != "":
		return q.name + " was found through " + string(q.foundBy) + " natively"
	}
	return q.name + " was asked for by name"
}
