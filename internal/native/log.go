package native

import (
	"errors"
	"io/fs"
	"os"

	"github.com/nanodiag/nanodiag/strace"
)

// logFile writes events in strace(1)'s format; the zero file writes nothing. What was
// in the file stays until there is something to write: a program that cannot be
// started leaves it. The first error is kept for close: the traced program is not
// stopped for it.
type logFile struct {
	f       *os.File
	w       *strace.LogWriter
	err     error
	created bool // it was not there
	written bool
}

func newLogFile(name string, argv []string) (*logFile, error) {
	if name == "" {
		return &logFile{}, nil
	}
	l := &logFile{}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		l.created = true
		f, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	}
	if err != nil {
		return nil, err
	}
	l.f = f
	l.w = strace.NewLogWriter(l)
	l.w.Argv = argv
	return l, nil
}

// Write is for the LogWriter, which gathers lines.
func (l *logFile) Write(p []byte) (int, error) {
	if !l.written {
		l.written = true
		if info, err := l.f.Stat(); err == nil && info.Mode().IsRegular() {
			if err := l.f.Truncate(0); err != nil {
				return 0, err
			}
		}
	}
	return l.f.Write(p)
}

func (l *logFile) write(e *strace.Event) {
	if l.f != nil && l.err == nil {
		l.err = l.w.Write(e)
	}
}

// close completes the log, and says in a few words why it is not whole.
func (l *logFile) close() error {
	if l.f == nil {
		return nil
	}
	err := l.err
	if err == nil {
		err = l.w.Flush()
	}
	if cerr := l.f.Close(); err == nil {
		err = cerr
	}
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// discard leaves things as they were, for a program that did not start.
func (l *logFile) discard() {
	if l.f == nil {
		return
	}
	l.f.Close()
	if l.created {
		_ = os.Remove(l.f.Name())
	}
}
