package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

// gateFlags decide which problems fail a CI job.
type gateFlags struct {
	on       bool // the command has them
	failOn   string
	ignore   string
	baseline string
}

// ignoreFile is read where it is, without a flag.
const ignoreFile = ".nanodiag-ignore"

func (f *gateFlags) register(c *cobra.Command) {
	f.on = true
	c.Flags().StringVar(&f.failOn, "fail-on", "error", "exit with 1 for problems of this `LEVEL` and above: error, warning or none")
	c.Flags().StringVar(&f.ignore, "ignore", "", "`FILE` of problems to accept, each with its reason (default "+ignoreFile+", where it is)")
	c.Flags().StringVar(&f.baseline, "baseline", "", "accept the problems of an earlier report, `FILE` of --format json=FILE")
}

// read puts what the flags and files say into a context, before any work is done.
func (f *gateFlags) read() (c report.Context, err error) {
	if !f.on {
		return c, nil
	}
	if c.FailOn, err = report.ParseLevel(f.failOn); err != nil {
		return c, usagef("--fail-on %w", err)
	}
	if c.Ignore, err = f.rules(); err != nil {
		return c, err
	}
	if f.baseline != "" {
		file, err := os.Open(f.baseline)
		if err != nil {
			return c, inputError(f.baseline, err, "give a file that nanodiag wrote with --format json=FILE")
		}
		defer file.Close()
		if c.Baseline, err = report.ReadBaseline(file); err != nil {
			return c, usagef("%s: %w", f.baseline, err)
		}
	}
	return c, nil
}

// rules reads the file of accepted problems, and says which of them are over.
func (f *gateFlags) rules() ([]report.IgnoreRule, error) {
	name := f.ignore
	if name == "" {
		name = ignoreFile
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && f.ignore == "" {
		return nil, nil
	}
	if err != nil {
		return nil, inputError(name, err, "name the file of accepted problems")
	}
	defer file.Close()
	all, err := report.ReadIgnore(file)
	if err != nil {
		return nil, usagef("%s:%w", name, err)
	}
	var rules []report.IgnoreRule
	for _, r := range all {
		if r.Expired(time.Now()) {
			printError(os.Stderr, fmt.Errorf("%s:%d: %s %s is not accepted since %s; mend it, or move the date", name, r.Line, r.ID, r.Subject, r.Until.AddDate(0, 0, 1).Format(time.DateOnly)))
			continue
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// apply makes the document show what is accepted.
func (o *output) apply(d *report.Document) {
	d.Context.FailOn, d.Context.Ignore, d.Context.Baseline = o.gate.FailOn, o.gate.Ignore, o.gate.Baseline
	if d.Report != nil {
		d.Report.Accepted = nil
	}
	d.Accept()
}

// code is the exit code of a command whose own would be code: findings end it with 1
// only where they are at the level of --fail-on and not accepted. That the answer is
// not known stays, unless something fails all the same.
func (o *output) code(d *report.Document, code exitCode) exitCode {
	if o.gate.FailOn == "" {
		return code
	}
	switch fails := d.Fails(); {
	case !fails && (code == exitFindings || code == exitNative):
		return exitClean
	case fails && (code == exitClean || code == exitUnable):
		return exitFindings
	}
	return code
}
