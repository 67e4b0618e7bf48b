package loop

import (
	"context"
	"fmt"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
)

// volumeOn begins the name of the check of what a volume holds.
const volumeOn = "volume on "

// volumeChecks compare what the native run read below each mount point with what the
// raw volume holds that the guest mounts there. A volume of which nothing was used has
// no line.
func (s *session) volumeChecks(ctx context.Context) []report.Check {
	if s.nat == nil {
		return nil
	}
	var checks []report.Check
	for _, v := range ops.Volumes(s.opt.Project) {
		used := s.readBelow(v.Path)
		if v.Kind != ops.VolumeImage || len(used) == 0 {
			continue
		}
		c := report.Check{Status: checkOK, Name: volumeOn + v.Path, Text: fmt.Sprintf("%s holds all %s that the native run read there", v.Label, report.Count(len(used), "path", "paths"))}
		in, err := ops.Find()
		var tree *guestfs.Tree
		if err == nil {
			tree, err = in.VolumeTree(ctx, v)
		}
		if err != nil {
			c.Status, c.Text = checkSkip, err.Error()
			checks = append(checks, c)
			continue
		}
		lacks := 0
		for _, p := range used {
			if _, _, err := tree.Resolve(p); err == nil {
				continue
			}
			if lacks++; lacks <= maxNamed {
				c.Detail = append(c.Detail, p)
			}
		}
		if lacks > 0 {
			c.Status, c.ID = checkFail, "missing-data.volume-file"
			c.Text = fmt.Sprintf("%s lacks %d of %s that the native run read there", v.Label, lacks, report.Count(len(used), "path", "paths"))
			if lacks > maxNamed {
				c.Detail = append(c.Detail, fmt.Sprintf("and %d more", lacks-maxNamed))
			}
			c.Detail = append(c.Detail, fmt.Sprintf("ops volume create %s -s SIZE -d DIR, of a DIR that has them", v.Label))
		}
		checks = append(checks, c)
	}
	return checks
}

// readBelow lists what the native run used below a directory and did not make itself.
func (s *session) readBelow(dir string) []string {
	var out []string
	for _, f := range s.nat.Facts.Files {
		made := f.Created || f.Creates || f.Mode&strace.ModeWrite != 0 && f.Mode&strace.ModeRead == 0
		if strings.HasPrefix(f.Path, strings.TrimSuffix(dir, "/")+"/") && !made {
			out = append(out, f.Path)
		}
	}
	return out
}
