package ops

import (
	"bytes"
	"context"
	"os"
	"time"

	"github.com/nanodiag/nanodiag/internal/bigfile"
)

// reasonToEnd says why a run ended.
type reasonToEnd int

const (
	ended reasonToEnd = iota
	timedOut
	untilSeen
	logFull
	cancelled
)

const (
	pollEvery  = 20 * time.Millisecond
	defaultLog = int64(1 << 30)
)

// watch follows the log while the guest runs.
type watch struct {
	path    string
	until   func() bool // nil never
	file    *os.File
	tail    []byte // end of what was read, for a line across two reads
	size    int64
	booting bool
	trim    *bigfile.Trimmer
}

var bootingLine = []byte("\nbooting ")

func (w *watch) wait(ctx context.Context, done <-chan error, s RunSpec, start time.Time) reasonToEnd {
	limit := s.MaxLog
	if limit == 0 {
		limit = defaultLog
	}
	deadline := start.Add(s.Timeout + buildLimit)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return ended
		case <-ctx.Done():
			return cancelled
		case now := <-tick.C:
			booted := w.booting
			w.poll()
			switch {
			case booted && w.until != nil && w.until():
				return untilSeen
			case w.size > limit:
				return logFull
			case w.booting && !booted:
				deadline = now.Add(s.Timeout)
			case s.Timeout > 0 && now.After(deadline):
				return timedOut
			}
		}
	}
}

// poll reads what is new, until the guest boots; afterwards only the size matters.
func (w *watch) poll() {
	if w.file == nil {
		f, err := os.Open(w.path)
		if err != nil {
			return
		}
		w.file = f
	}
	if w.booting {
		if info, err := w.file.Stat(); err == nil {
			w.size = info.Size()
		}
		if w.trim == nil && w.size > bigfile.Head {
			w.trim, _ = bigfile.NewTrimmer(w.path) // else the log takes what it takes, up to its limit
		}
		if w.trim != nil {
			w.trim.Trim()
		}
		return
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := w.file.Read(buf)
		if n > 0 {
			w.size += int64(n)
			text := append(w.tail, buf[:n]...)
			w.booting = w.booting || bytes.Contains(text, bootingLine)
			w.tail = append([]byte(nil), text[len(text)-min(len(text), len(bootingLine)):]...)
		}
		if err != nil || n == 0 {
			return
		}
	}
}

func (w *watch) close() {
	if w.file != nil {
		w.file.Close()
	}
	if w.trim != nil {
		w.trim.Close()
	}
}
