package native

import (
	"bufio"
	"errors"
	"os"

	"github.com/nanodiag/nanodiag/strace"
)

// logFile writes events in strace(1)'s format; the zero file writes nothing. The
// first error is kept for close: the traced program is not stopped for it.
type logFile struct {
	f   *os.File
	b   *bufio.Writer
	w   *strace.LogWriter
	err error
}

func newLogFile(name string) (*logFile, error) {
	if name == "" {
		return &logFile{}, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriterSize(f, 64<<10)
	return &logFile{f: f, b: b, w: strace.NewLogWriter(b)}, nil
}

func (l *logFile) write(e *strace.Event) {
	if l.f != nil && l.err == nil {
		l.err = l.w.Write(e)
	}
}

func (l *logFile) close() error {
	if l.f == nil {
		return nil
	}
	return errors.Join(l.err, l.w.Flush(), l.b.Flush(), l.f.Close())
}
