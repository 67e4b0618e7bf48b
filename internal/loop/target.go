package loop

import (
	"path"
	"path/filepath"

	"github.com/nanodiag/nanodiag/internal/hostroot"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// nativeRoot is the root directory in which the program runs natively, its path there
// and its working directory. With -r a program that lies in the target root runs with
// that as its root, on the libraries that it was built for and that Ops takes from
// there; the working directory is / then, as in the guest.
func nativeRoot(p ops.Project) (root hostroot.Root, program, dir string) {
	host := plainPath(p.HostProgram())
	e, _ := p.Config.ApplyFlags(p.Flags)
	if e.TargetRoot == "" {
		return hostroot.At(""), host, p.Cwd
	}
	at := e.TargetRoot
	if !filepath.IsAbs(at) {
		at = filepath.Join(p.Cwd, at)
	}
	at = filepath.Clean(at)
	if real, err := filepath.EvalSymlinks(at); err == nil && at != "/" {
		at = real
	}
	target := hostroot.At(at)
	if real, err := filepath.EvalSymlinks(filepath.Dir(host)); err == nil {
		if in, ok := target.FromOS(path.Join(real, path.Base(host))); ok {
			return target, in, "/"
		}
	}
	return hostroot.At(""), host, p.Cwd
}

// root is nativeRoot's first word.
func (s *session) root() hostroot.Root {
	r, _, _ := nativeRoot(s.opt.Project)
	return r
}
