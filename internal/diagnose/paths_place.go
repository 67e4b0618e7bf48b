package diagnose

import (
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// nativeProgram is the path by which the native run was started.
func (r *run) nativeProgram(access) string {
	if r.native != nil {
		for i := range r.native.events {
			if e := &r.native.events[i]; wants(e) == wantsExec && e.OK() {
				return e.Path
			}
		}
	}
	return r.in.Program
}

// symlinkedProgram: the loader looked for a library relative to the directory of the
// program as it was named, and natively found it at the same place relative to another
// directory, that of the real file:
//
//	guest:  /usr/bin/../lib/libjli.so
//	native: /usr/lib/jvm/java-17-openjdk-amd64/bin/../lib/libjli.so
func symlinkedProgram(r *run, a access) bool {
	dir := path.Dir(r.nativeProgram(a))
	if !a.fate.ok || !path.IsAbs(dir) {
		return false
	}
	tried := []string{a.path}
	if a.lib != nil {
		tried = a.lib.tried
	}
	for _, p := range tried {
		rest, ok := strings.CutPrefix(p, dir+"/")
		if !ok {
			continue
		}
		if head, ok := strings.CutSuffix(a.fate.asListed, "/"+rest); ok && pathKey(head) != pathKey(dir) {
			return true
		}
	}
	return false
}

// homes are where home directories lie.
var homes = lazyregexp.New(`^(/root|/home/[^/]+|/Users/[^/]+)$`)

// withoutHome: the guest asked for "/.config/x" or "(null)/.config/x" where the native
// run had "/root/.config/x".
func withoutHome(r *run, a access) bool {
	rest, null := strings.CutPrefix(a.path, "(null)")
	if !null && !path.IsAbs(a.path) || r.native == nil || systemPath(a.path) {
		return false
	}
	for _, i := range r.native.byBase[path.Base(pathKey(a.path))] {
		e := &r.native.events[i]
		if home, ok := strings.CutSuffix(pathKey(e.Path), pathKey(rest)); ok && e.OK() && homes.MatchString(home) {
			return true
		}
	}
	return false
}

// wrongCwd: the path is relative, and the image has the file elsewhere.
func wrongCwd(r *run, a access) bool {
	if path.IsAbs(a.path) || a.lib != nil {
		return false
	}
	for _, p := range r.setup.inImage(a.path) {
		if p != r.setup.guestPath(a.path) {
			return true
		}
	}
	for _, dir := range r.setup.imageDirs() {
		if has := r.in.GuestHas; has != nil && has(path.Join(dir, a.path)) || r.endsAlike(dir, a.path) {
			return true
		}
	}
	return false
}

// endsAlike: a directory of the image ends as the relative path begins, and is not where
// the guest looked: "/opt/waf/rules" and "rules/default.rules".
func (r *run) endsAlike(dir, p string) bool {
	if r.in.GuestHas != nil || under(r.setup.guestPath(p), dir) || !path.IsAbs(dir) {
		return false
	}
	for head := path.Dir(path.Clean(p)); head != "."; head = path.Dir(head) {
		if strings.HasPrefix(head, "..") {
			return false
		}
		if strings.HasSuffix(dir, "/"+head) && dir != r.setup.guestPath(head) {
			return true
		}
	}
	return false
}

// unsureOfCwd: a relative path, and the image has directories from elsewhere on the
// host in which the file may lie as well.
func (r *run) unsureOfCwd(a access) bool {
	if path.IsAbs(a.path) || a.lib != nil || r.in.GuestHas != nil || r.native != nil && r.native.cwd != "" {
		return false
	}
	for _, d := range r.setup.cfg.Dirs {
		if path.IsAbs(d) {
			return true
		}
	}
	for pattern := range r.setup.cfg.MapDirs {
		if path.IsAbs(pattern) {
			return true
		}
	}
	return false
}

// otherPlace: a place for which the native run never asked, of a program that natively
// misses nothing: it was told another one there.
func otherPlace(r *run, a access) bool {
	if r.native == nil || a.fate.asked || a.lib != nil || a.weight != normal || !path.IsAbs(a.path) || systemPath(pathKey(a.path)) || !r.nativeWorks() {
		return false
	}
	for _, i := range r.native.byBase[path.Base(pathKey(a.path))] {
		if wants(&r.native.events[i]) != wantsExec {
			return false // the same file elsewhere
		}
	}
	suspects, _ := r.suspects()
	for _, b := range suspects {
		if b.fate.ok {
			return false
		}
	}
	return true
}
