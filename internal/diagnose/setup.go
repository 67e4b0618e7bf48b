package diagnose

import (
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/ops"
)

// setup is what the configuration says about the guest, in the form the rules ask for.
type setup struct {
	cfg    *ops.Config
	args   []string
	cwd    string            // the guest's working directory
	mounts map[string]string // mount point → volume
	known  bool              // a configuration was given at all

	argsKnown bool // args is what the program was given, and not merely empty
}

func newSetup(in Input) setup {
	s := setup{cfg: in.Config, args: slices.Clone(in.Args), cwd: "/", mounts: map[string]string{}, known: in.Config != nil,
		argsKnown: in.Config != nil || in.Args != nil}
	if s.cfg == nil {
		s.cfg = &ops.Config{}
	}
	if len(s.args) == 0 {
		s.args = s.cfg.Args
	}
	if dir, ok := s.cfg.ManifestPassthrough["cwd"].(string); ok && path.IsAbs(dir) {
		s.cwd = path.Clean(dir)
	}
	for volume, dir := range s.cfg.Mounts {
		s.mounts[path.Clean("/"+dir)] = volume
	}
	for _, m := range s.cfg.RunConfig.Mounts { // "volume:/dir"
		if volume, dir, ok := strings.Cut(m, ":"); ok {
			s.mounts[path.Clean("/"+dir)] = volume
		}
	}
	return s
}

// guestPath makes a path absolute as the guest would.
func (s setup) guestPath(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(s.cwd, p)
}

// mountOf returns the mount point that holds the guest path.
func (s setup) mountOf(p string) (point string, ok bool) {
	for m := range s.mounts {
		if under(s.guestPath(p), m) && len(m) > len(point) {
			point = m
		}
	}
	return point, point != ""
}

// inImage lists where the configuration puts a host file. Relative host paths are
// taken as relative to the directory in which Ops is called, as Ops does.
func (s setup) inImage(hostPath string) []string {
	p := path.Clean(hostPath)
	var out []string
	for _, f := range s.cfg.Files {
		if path.Clean(f) == p {
			out = append(out, path.Join("/", p))
		}
	}
	for _, d := range s.cfg.Dirs {
		if under(p, path.Clean(d)) {
			out = append(out, path.Join("/", p))
		}
	}
	for pattern, to := range s.cfg.MapDirs {
		dir, glob := path.Split(path.Clean(pattern))
		dir = path.Clean(dir)
		if dir == "." {
			dir = ""
		}
		rest, ok := below(p, dir)
		if !ok {
			continue
		}
		first, _, _ := strings.Cut(rest, "/")
		if match, err := path.Match(glob, first); err == nil && match {
			out = append(out, path.Join("/", to, rest))
		}
	}
	slices.Sort(out) // a map has no order, a verdict has
	return out
}

// argument returns the program argument that a path follows from: equal to it, below
// it, or its value in "--option=value".
func (s setup) argument(p string) (string, bool) {
	p = path.Clean(p)
	for _, arg := range s.args {
		value := arg
		if _, v, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			value = v
		}
		if value == "" || value == "." || value == "/" || strings.HasPrefix(value, "-") {
			continue
		}
		v := path.Clean(value)
		if p == v || s.guestPath(p) == s.guestPath(v) || under(s.guestPath(p), s.guestPath(v)) {
			return arg, true
		}
	}
	return "", false
}

// under reports whether p is dir or lies below it.
func under(p, dir string) bool {
	_, ok := below(p, dir)
	return ok
}

// below returns the rest of p below dir ("" when they are equal).
func below(p, dir string) (rest string, ok bool) {
	if dir == "" {
		return p, !path.IsAbs(p)
	}
	if p == dir {
		return "", true
	}
	return strings.CutPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}
