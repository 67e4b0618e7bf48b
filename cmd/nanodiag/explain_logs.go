package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/internal/symbolize"
	"github.com/nanodiag/nanodiag/tracelog"
)

// logSource is a log that is opened when its turn comes: there may be more of them
// than a process may have files open.
type logSource struct {
	name string
	open func() (io.ReadCloser, error)
}

// logSources turns the arguments of explain into logs; - is standard input.
func logSources(args []string, stdin io.Reader) ([]logSource, error) {
	var sources []logSource
	for _, name := range args {
		if name == "-" {
			sources = append(sources, readerSource("standard input", stdin))
			continue
		}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return nil, usagef("%s: is a directory; name the log files in it", name)
		}
		sources = append(sources, logSource{name, func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	return sources, nil
}

func readerSource(name string, r io.Reader) logSource {
	return logSource{name, func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

// explained is what became of one log.
type explained struct {
	verdict *diagnose.Verdict
	time    time.Time // its last stamp, else the file's
	err     error
}

// explainAll diagnoses logs, one for each processor at a time. Of one log the whole
// verdict is kept, of many what a triage needs.
func explainAll(base diagnose.Input, sources []logSource) []explained {
	out := make([]explained, len(sources))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(len(sources), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				out[i] = explainOne(base, sources[i])
				if v := out[i].verdict; v != nil && len(sources) > 1 {
					out[i].verdict = &diagnose.Verdict{Outcome: v.Outcome, Cause: v.Cause}
				}
			}
		})
	}
	for i := range sources {
		next <- i
	}
	close(next)
	workers.Wait()
	return out
}

func explainOne(in diagnose.Input, s logSource) (e explained) {
	r, err := s.open()
	if err != nil {
		return explained{err: inputError(s.name, err, "give a console or trace log of a Nanos run")}
	}
	defer r.Close()
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			e.time = info.ModTime()
		}
	}
	whole, err := refusePacked(s.name, r)
	if err != nil {
		return explained{err: err}
	}
	if in.Guest, err = tracelog.Read(whole); err != nil {
		return explained{err: inputError(s.name, err, "give a console or trace log of a Nanos run")}
	}
	if !in.Guest.Last.IsZero() {
		e.time = in.Guest.Last
	}
	in.GuestSource = filepath.Base(s.name)
	if in.Version == "" {
		in.Version = in.Guest.Version
	}
	e.verdict = diagnose.Diagnose(in)
	explainCrash(in, e.verdict)
	return e
}

// explainCrash says what a crash dump means, where the program that ran is at hand.
func explainCrash(in diagnose.Input, v *diagnose.Verdict) {
	c := in.Guest.Crash
	if c == nil || c.Kernel || in.Program == "" {
		return
	}
	crash := symbolize.Input{Crash: c, Events: in.Guest.Events, ProgramHost: in.Program}
	if in.Config != nil {
		_, crash.NoASLR = in.Config.ManifestPassthrough["noaslr"]
	}
	if in.Closure != nil {
		for _, o := range in.Closure.Objects {
			crash.Libraries = append(crash.Libraries, o.Path)
		}
	}
	words, err := symbolize.Explain(crash)
	if err != nil {
		v.Incomplete = append(v.Incomplete, "the crash dump in words: "+err.Error())
		return
	}
	v.AddCrash(in.GuestSource, c.Line, words)
}

// explainedLogs is explainAll sorted into what was read and what was not.
type explainedLogs struct {
	verdicts   []report.LogVerdict
	times      []time.Time
	unreadable []report.UnreadableLog
}

// sortExplained reports every log that could not be read on stderr. Where none could,
// that is an error: the only one, or one for all.
func sortExplained(stderr io.Writer, sources []logSource, all []explained) (x explainedLogs, err error) {
	for i, e := range all {
		if e.err == nil {
			x.verdicts = append(x.verdicts, report.LogVerdict{Log: sources[i].name, Verdict: e.verdict})
			x.times = append(x.times, e.time)
			continue
		}
		if len(sources) == 1 {
			return x, e.err
		}
		printError(stderr, e.err)
		x.unreadable = append(x.unreadable, report.UnreadableLog{
			Log: sources[i].name, Error: strings.TrimPrefix(e.err.Error(), sources[i].name+": "),
		})
	}
	if len(x.verdicts) == 0 {
		return x, usagef("none of the %d logs could be read", len(sources))
	}
	return x, nil
}

// code is the exit status: findings count more than a log that could not be read, and
// that more than a log that does not tell.
func (x *explainedLogs) code() exitCode {
	code := triageCode(x.verdicts)
	if len(x.unreadable) > 0 && code != exitFindings {
		return exitUsage
	}
	return code
}

// triage groups the logs by cause.
func (x *explainedLogs) triage() *report.Triage {
	t := report.NewTriage(x.verdicts)
	t.Stamp(x.times)
	t.Unreadable = x.unreadable
	return t
}
