package diagnose

import (
	"path"
	"slices"
	"strings"
)

// onVolume: the path lies below a mount, or below a directory in which the guest
// found other files that the configuration did not put there.
func onVolume(r *run, a access) bool {
	if _, ok := r.setup.mountOf(a.path); ok {
		return true
	}
	if !path.IsAbs(a.path) || systemPath(a.path) || !r.setup.known {
		return false
	}
	dir := path.Dir(pathKey(a.path))
	if dir == "/" || len(r.setup.inImage(a.path)) > 0 {
		return false
	}
	events := r.events()
	for i := range events {
		e := &events[i]
		if w := wants(e); e.OK() && w == wantsOpen && path.Dir(pathKey(e.Path)) == dir && path.IsAbs(e.Path) && !r.fromConfig(e.Path) && !isLibrary(e.Path) {
			return true
		}
	}
	return false
}

// fromConfig reports whether the configuration can have put a guest path there.
func (r *run) fromConfig(p string) bool {
	p = r.setup.guestPath(p)
	for _, f := range r.setup.cfg.Files {
		if path.Join("/", f) == p {
			return true
		}
	}
	for _, d := range r.setup.imageDirs() {
		if under(p, d) {
			return true
		}
	}
	if r.in.Program != "" && path.Base(r.in.Program) == path.Base(p) {
		return true
	}
	return false
}

// wrongMount: nothing of the mounts was used, and the base names of the mount point
// and of the directory asked for are alike, or all look-ups below one directory fail.
func wrongMount(r *run, a access) bool {
	if len(r.setup.mounts) == 0 || !path.IsAbs(a.path) || systemPath(a.path) || a.want == wantsMake {
		return false
	}
	if _, ok := r.setup.mountOf(a.path); ok || len(r.setup.inImage(a.path)) > 0 {
		return false
	}
	events := r.events()
	for i := range events {
		e := &events[i]
		if e.OK() && wants(e) != wantsNothing {
			if _, ok := r.setup.mountOf(e.Path); ok {
				return false // the mounts are in use where they are
			}
		}
	}
	return true
}

func wrongMountSubject(r *run, a access) string {
	var points []string
	for m := range r.setup.mounts {
		points = append(points, m)
	}
	slices.Sort(points)
	return strings.Join(points, ", ") + " vs " + path.Dir(a.path)
}

// noVolume: an absolute path outside the system and the project, in a directory of
// which the guest has nothing and the configuration says nothing, and of which the
// native run read more than one file. That is how data on a volume looks.
func noVolume(r *run, a access) bool {
	p := pathKey(a.path)
	if !path.IsAbs(p) || systemPath(p) || !a.fate.ok || a.want == wantsMake || len(r.setup.mounts) > 0 || isLibrary(p) {
		return false
	}
	dir := path.Dir(p)
	if dir == "/" || r.fromConfig(p) || (r.native.cwd != "" && under(p, r.native.cwd)) {
		return false
	}
	if prog := r.in.Program; path.IsAbs(prog) && under(p, path.Dir(prog)) {
		return false
	}
	names, read := map[string]bool{}, false
	for i := range r.native.events {
		e := &r.native.events[i]
		if w := wants(e); (w == wantsOpen || w == wantsLook) && path.Dir(pathKey(e.Path)) == dir {
			names[path.Base(e.Path)] = true
			read = read || w == wantsOpen && e.OK()
		}
	}
	return len(names) > 1 && read
}
