package main

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/report"
)

// attachments reads for the HTML page what the logs of a finished report hold: the
// guest's log around the decisive lines, and the libraries of the native run. A log
// that cannot be read any more leaves its part out. program is a host path.
func attachments(r *report.Report, program, dir string) report.Attachments {
	var a report.Attachments
	for _, run := range slices.Backward(r.Runs) {
		if run.Engine != "native" && run.Log != "" && (a.Log == "" || cites(r, run.Log)) {
			a.Log = run.Log
		}
	}
	if a.Log != "" {
		a.Console = console(filepath.Join(dir, a.Log), a.Log, r)
	}
	if r.Native != nil && r.Native.Log != "" {
		name := r.Native.Log
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if run, err := native.FromLog(name, program, dir, os.Environ()); err == nil {
			a.Libraries = report.NewTrace(program, nil, run).Libraries
		}
	}
	return a
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

func console(file, log string, r *report.Report) []report.ConsoleLine {
	if filepath.IsAbs(log) {
		file = log
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	marks := map[int]bool{}
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
