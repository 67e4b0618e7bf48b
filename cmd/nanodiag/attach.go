package main

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// maxTimelineEvents bounds what is kept of a rehearsal's log, as tracelog does of a trace.
const maxTimelineEvents = 1 << 18

// attachments reads for the HTML page what the logs of a finished report hold: the
// guest's log around the decisive lines, the native run's libraries, and both runs
// beside each other. A log that cannot be read any more leaves its part out. program
// is a host path; events are of the native run where no log of the report has it.
func attachments(r *report.Report, program, dir string, events []strace.Event, source string) report.Attachments {
	var a report.Attachments
	in := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(dir, name)
	}
	if r.Native != nil && r.Native.Log != "" {
		if run, err := native.FromLog(in(r.Native.Log), program, dir, os.Environ()); err == nil {
			a.Libraries = report.NewTrace(program, nil, run).Libraries
			events, source = run.Events, r.Native.Log
		}
	}
	a.Timelines = report.NewTimelines(r, events, source, func(run report.Run) []strace.Event { return guestEvents(in(run.Log), run.Engine) })
	for _, run := range slices.Backward(r.Runs) {
		if run.Engine != "native" && run.Log != "" && (a.Log == "" || cites(r, run.Log)) {
			a.Log = run.Log
		}
	}
	if a.Log != "" {
		a.Console = console(in(a.Log), a.Log, r, a.Timelines)
	}
	return a
}

// guestEvents reads the log of a guest run, or that of a rehearsal, which is strace's.
func guestEvents(file, engine string) []strace.Event {
	if engine == "rehearse" {
		var list []strace.Event
		_ = strace.ReadLogFile(file, func(e *strace.Event) error { // what is readable counts
			if len(list) < maxTimelineEvents {
				list = append(list, *e)
			}
			return nil
		})
		return list
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	log, err := tracelog.Read(f)
	if err != nil {
		return nil
	}
	return log.Events
}

// cites reports whether the verdict's evidence lies in a log.
func cites(r *report.Report, log string) bool {
	main := r.Cause
	if r.Remaining != nil {
		main = *r.Remaining
	}
	for _, e := range main.Evidence {
		if e.Source == filepath.Base(log) {
			return true
		}
	}
	return false
}

func console(file, log string, r *report.Report, beside []report.Timeline) []report.ConsoleLine {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	marks := map[int]bool{}
	for _, t := range beside {
		if t.Guest == filepath.Base(log) && t.Line > 0 {
			marks[t.Line] = false
		}
	}
	for _, finding := range append(slices.Clone(r.Findings), r.Cause) {
		for _, e := range finding.Evidence {
			if e.Source == filepath.Base(log) && e.Line > 0 {
				marks[e.Line] = true
			}
		}
	}
	lines, err := report.CountLines(f)
	if err != nil {
		return nil
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil
	}
	shown, err := report.ReadConsole(f, lines, marks)
	if err != nil {
		return nil
	}
	return shown
}
