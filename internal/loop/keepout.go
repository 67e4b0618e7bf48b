package loop

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// obeyFilters takes from the fixes of a verdict those that would put a file into the
// image which --exclude, --only or --libs-only keep out: what the bundle leaves out for
// the user's sake, no change of the configuration brings.
func (s *session) obeyFilters(v *diagnose.Verdict, p ops.Project, view *guestfs.Tree) {
	if !s.opt.Bundle.Filters() {
		return
	}
	s.obey(&v.Cause, p, view)
	for i := range v.Findings {
		s.obey(&v.Findings[i], p, view)
	}
}

func (s *session) obey(f *diagnose.Finding, p ops.Project, view *guestfs.Tree) {
	if f.Fix == nil || len(f.Fix.ConfigPatch) == 0 && len(f.Fix.Files) == 0 {
		return
	}
	file, option := s.keptOut(f.Fix, p, view)
	if option == "" {
		return
	}
	f.Fix = &diagnose.Fix{
		Summary:     fmt.Sprintf("none is made: %s keeps %s out of the image", option, file),
		ConfigPatch: []ops.PatchOp{}, Files: []diagnose.FileCopy{},
	}
}

// keptOut finds a file that a fix brings and that an option keeps out. What a change of
// the configuration brings is seen in the image with it: a pattern may match more than
// the file it was made for.
func (s *session) keptOut(fix *diagnose.Fix, p ops.Project, view *guestfs.Tree) (file, option string) {
	for _, c := range fix.Files {
		if option := s.keepsOut(c.From, c.To); option != "" {
			return c.To, option
		}
	}
	if len(fix.ConfigPatch) == 0 || view == nil {
		return "", ""
	}
	changed, _, err := patched(p, ops.Mend{Patch: fix.ConfigPatch})
	if err != nil {
		return "", ""
	}
	after, _, err := ops.View(changed)
	if err != nil {
		return "", ""
	}
	_ = after.Walk(func(at string, n guestfs.Node) error { // its errors are ours alone
		if n.Mode.IsDir() || ownOrigin(n.Origin) || option != "" {
			return nil
		}
		if old, ok := view.Lookup(at); ok && old.Host == n.Host && old.Target == n.Target {
			return nil
		}
		if option = s.keepsOut(n.Host, at); option != "" {
			file = at
		}
		return nil
	})
	return file, option
}

// ownOrigin reports what is in the image without being brought: the program, what Ops
// adds, and what lies on a volume.
func ownOrigin(origin string) bool {
	switch origin {
	case "program", "closure", "interpreter", "ops":
		return true
	}
	return strings.HasPrefix(origin, "Mounts[")
}

// keepsOut asks for a file by its path on the host, where its links lead, and its path
// in the image.
func (s *session) keepsOut(host, guest string) string {
	if host == "" {
		return s.opt.Bundle.KeepsOut(guest)
	}
	if !filepath.IsAbs(host) {
		host = filepath.Join(s.opt.Project.Cwd, host)
	}
	option := s.opt.Bundle.KeepsOut(host)
	if option == "--only" { // either name may be listed
		option = s.opt.Bundle.KeepsOut(guest)
	}
	names := []string{guest}
	if real, err := filepath.EvalSymlinks(host); err == nil {
		names = append(names, real)
	}
	for _, name := range names {
		if o := s.opt.Bundle.KeepsOut(name); option == "" && o == "--exclude" {
			option = o
		}
	}
	return option
}
