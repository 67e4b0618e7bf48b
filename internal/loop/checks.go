package loop

import (
	"context"
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// The words of a check line.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "FAIL"
	checkSkip = "skip"
)

// maxNamed is how many names a check line spells out.
const maxNamed = 6

// checkList is what a preflight tells from facts alone, before anything runs in the
// image. Each line is one question about it.
func (s *session) checkList(ctx context.Context, view *guestfs.Tree, plan *bundler.Plan, issues []ops.Issue) []report.Check {
	checks := append(s.loaderChecks(view), s.bundleChecks(plan)...)
	checks = append(checks, s.callChecks()...)
	checks = append(append(checks, s.memoryCheck()), s.volumeChecks(ctx)...)
	checks = append(checks, s.roomChecks(view)...)
	return append(checks, s.configCheck(issues))
}

// loaderChecks resolve the program in the guest view as its loader will.
func (s *session) loaderChecks(view *guestfs.Tree) []report.Check {
	p := s.opt.Project
	c, err := elfdeps.NewLoader(view, elfdeps.Config{LibraryPath: p.GuestEnv()["LD_LIBRARY_PATH"], Cwd: "/"}).Closure(p.GuestProgram())
	if err != nil {
		return []report.Check{{Status: checkFail, Name: "program", Text: err.Error(), ID: "bad-program.corrupt-elf"}}
	}
	interp := report.Check{Status: checkOK, Name: "interpreter", Text: "statically linked, none needed"}
	switch {
	case c.InterpreterMissing:
		interp = report.Check{Status: checkFail, Name: "interpreter", Text: c.Interpreter + " is not in the image", ID: "missing-lib.interpreter"}
	case c.Interpreter != "":
		interp.Text = c.Interpreter + " is in the image"
	}
	needed := report.Check{Status: checkOK, Name: "needed libraries", Text: fmt.Sprintf("%d of %d resolve inside the image", len(c.Objects), len(c.Objects)+len(c.Missing))}
	for _, m := range c.Missing {
		needed.Status, needed.ID = checkFail, "missing-lib.search-path"
		needed.Detail = append(needed.Detail, fmt.Sprintf("%s, needed by %s, is in none of %s", m.Soname, strings.Join(m.NeededBy, ", "), report.Count(len(m.Tried), "place", "places")))
	}
	versions := report.Check{Status: checkOK, Name: "symbol versions", Text: "every version that is needed is there"}
	for _, v := range c.VersionMissing {
		versions.Status, versions.ID, versions.Text = checkFail, "bad-lib.symbol-version", report.Count(len(c.VersionMissing), "version is missing", "versions are missing")
		versions.Detail = append(versions.Detail, fmt.Sprintf("%s lacks %s, needed by %s", v.Object, v.Version, v.NeededBy))
	}
	return []report.Check{interp, needed, versions}
}

// bundleChecks compare what the native run used with the image.
func (s *session) bundleChecks(plan *bundler.Plan) []report.Check {
	if plan == nil {
		return []report.Check{{Status: checkSkip, Name: "run-time libraries", Text: "no native run"}}
	}
	libs := report.Check{Status: checkOK, Name: "run-time libraries"}
	data := report.Check{Status: checkOK, Name: "files"}
	absent, files := 0, 0
	for _, e := range plan.Entries {
		switch e.Kind {
		case bundler.KindLibrary:
			if absent++; absent <= maxNamed {
				libs.Detail = append(libs.Detail, path.Base(e.To)+": "+e.Why)
			}
		case bundler.KindData, bundler.KindDir:
			if files++; files <= maxNamed {
				data.Detail = append(data.Detail, e.To)
			}
		}
	}
	libs.Text = fmt.Sprintf("%d absent of %d that the native run loaded outside the closure", absent, max(absent, len(s.nat.RuntimeOnly())))
	if absent > 0 {
		libs.Status, libs.ID = checkFail, "missing-lib.dlopen-soname"
		if absent > maxNamed {
			libs.Detail = append(libs.Detail, fmt.Sprintf("and %d more", absent-maxNamed))
		}
	}
	data.Text = fmt.Sprintf("%d that the native run used are not in the image", files)
	if files > 0 {
		data.Status, data.ID = checkWarn, "missing-data.file"
		if files > maxNamed {
			data.Detail = append(data.Detail, fmt.Sprintf("and %d more", files-maxNamed))
		}
	}
	return []report.Check{libs, data}
}

// callChecks compare the system calls that the native run used with the kernel's.
func (s *session) callChecks() []report.Check {
	if s.nat == nil {
		return []report.Check{{Status: checkSkip, Name: "system calls", Text: "no native run"}}
	}
	e, _ := s.opt.Project.Config.ApplyFlags(s.opt.Project.Flags)
	has := map[string]bool{}
	for _, k := range e.Klibs {
		has[k] = true
	}
	var absent []string
	for name := range s.nat.Result.Syscalls {
		if strings.HasPrefix(name, "syscall_") || processCall(name) {
			continue
		}
		switch s.opt.Table.Status(name, s.version) {
		case nanos.Unsupported:
			absent = append(absent, name)
		case nanos.KlibOnly:
			if k := s.opt.Table.Klib(name, s.version); !has[k] {
				absent = append(absent, fmt.Sprintf("%s (needs klib %s)", name, k))
			}
		}
	}
	sort.Strings(absent)
	calls := report.Check{Status: checkOK, Name: "system calls", Text: fmt.Sprintf("all that were seen natively are in Nanos %s", s.version)}
	if len(absent) > 0 {
		calls.Status, calls.ID = checkWarn, "syscall.unsupported"
		calls.Text = fmt.Sprintf("%d used natively are not in Nanos %s; many programs do without", len(absent), s.version)
		calls.Detail = []string{strings.Join(absent, ", ")}
	}
	procs := report.Check{Status: checkOK, Name: "processes", Text: "one process, as in Nanos"}
	if n, x := s.nat.Result.Forks, s.nat.Result.Execs; n > 0 || len(x) > 0 {
		procs.Status, procs.ID = checkFail, "process.fork"
		procs.Text = fmt.Sprintf("%s started: Nanos has one process only", report.Count(n, "process", "processes"))
		for i, p := range x {
			if i == maxNamed {
				procs.Detail = append(procs.Detail, fmt.Sprintf("and %d more", len(x)-i))
				break
			}
			procs.Detail = append(procs.Detail, "executes "+p)
		}
	}
	return []report.Check{calls, procs}
}

// processCall reports the calls that the line about processes speaks of.
func processCall(name string) bool {
	switch name {
	case "fork", "vfork", "clone", "clone3", "execve", "execveat", "wait4", "waitid":
		return true
	}
	return false
}

func (s *session) memoryCheck() report.Check {
	c := report.Check{Status: checkOK, Name: "memory"}
	e, _ := s.opt.Project.Config.ApplyFlags(s.opt.Project.Flags)
	have := memoryBytes(e.RunConfig.Memory)
	if s.nat == nil || s.nat.Result.PeakRSS == 0 {
		return report.Check{Status: checkSkip, Name: "memory", Text: "the native peak is not known"}
	}
	peak := s.nat.Result.PeakRSS
	c.Text = fmt.Sprintf("native peak %s, the guest has %s", report.Size(peak), report.Size(have))
	if have > 0 && peak > have*9/10 { // the kernel and the page cache need some too
		c.Status, c.ID = checkFail, "resource.memory"
		c.Detail = []string{"raise RunConfig.Memory, or use -m"}
	}
	return c
}

func (s *session) configCheck(issues []ops.Issue) report.Check {
	name := s.opt.Project.Config.Source
	if name == "" {
		name = "no file, the defaults"
	}
	c := report.Check{Status: checkOK, Name: "configuration", Text: name}
	for _, i := range issues {
		if i.Severity == ops.Note {
			continue
		}
		c.Status, c.ID = checkWarn, i.Code
		c.Detail = append(c.Detail, i.String())
	}
	return c
}

// settled makes warnings of failed checks that a run of the image got by: a program
// may fork, or look for a library, and do without. Memory stays, and what concerns
// volumes; a rehearsal has the host's.
func settled(checks []report.Check, outcome string) []report.Check {
	for i := range checks {
		name := checks[i].Name
		stays := name == "memory" || strings.HasPrefix(name, roomOn) || strings.HasPrefix(name, volumeOn)
		if outcome == diagnose.OutcomeOK && checks[i].Status == checkFail && !stays {
			checks[i].Status = checkWarn
		}
	}
	return checks
}

// runCheck is the last line: what the rehearsal or the guest said.
func (s *session) runCheck(r *round) report.Check {
	c := report.Check{Status: checkOK, Name: s.eng.name(), Text: r.exit.Words()}
	if r.run.timedOut {
		c.Text = "still running at the time limit"
	}
	if r.outcome != "ok" {
		c.Status, c.ID, c.Text = checkFail, r.verdict.Cause.ID, c.Text+": "+r.verdict.Cause.Summary
	}
	return c
}
