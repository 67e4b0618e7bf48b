package loop

import (
	"fmt"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// roomOn begins the name of the check of a volume.
const roomOn = "room on "

// roomChecks compare what the native run wrote with the space that the image and its
// volumes have, one line each. A place that nothing was written to has no line.
func (s *session) roomChecks(view *guestfs.Tree) []report.Check {
	if s.nat == nil {
		return nil
	}
	var checks []report.Check
	root := s.nat.Facts.Room("/")
	for _, v := range ops.Volumes(s.opt.Project) {
		wrote := s.nat.Facts.Room(v.Path)
		root -= wrote
		if v.Kind != ops.VolumeImage || wrote == 0 {
			continue
		}
		c := report.Check{Status: checkOK, Name: roomOn + v.Path,
			Text: fmt.Sprintf("natively %s were written there, volume %s has %s", report.Size(wrote), v.Label, report.Size(v.Size))}
		if wrote > v.Size {
			c.Status, c.ID = checkFail, "resource.disk-full"
			c.Detail = []string{fmt.Sprintf("make the volume larger: ops volume create %s -s SIZE -d DIR", v.Label)}
		}
		checks = append(checks, c)
	}
	if root <= 0 || s.opt.NativeLog != "" {
		return checks
	}
	e, _ := s.opt.Project.Config.ApplyFlags(s.opt.Project.Flags)
	free := freeSpace(view, ops.Volumes(s.opt.Project), e.BaseVolumeSz)
	c := report.Check{Status: checkOK, Name: "room", Text: fmt.Sprintf("natively %s were written, the image has %s left", report.Size(root), report.Size(max(0, free)))}
	if root > free {
		c.Status, c.ID = checkFail, "resource.disk-full"
		if e.BaseVolumeSz == "" {
			c.Text = fmt.Sprintf("natively %s were written, and an image without BaseVolumeSz has no room for that", report.Size(root))
		}
		c.Detail = []string{"set BaseVolumeSz, or mount a volume where the program writes: " + s.largest()}
	}
	return append(checks, c)
}

// largest names the file that the native run wrote most to.
func (s *session) largest() string {
	name, most := "", int64(0)
	for _, f := range s.nat.Facts.Files {
		if f.BytesWritten > most {
			name, most = f.Path, f.BytesWritten
		}
	}
	return fmt.Sprintf("%s (%s)", name, report.Size(most))
}
