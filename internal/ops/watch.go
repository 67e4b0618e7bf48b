package ops

import (
	"bytes"
	"context"
	"os"
	"time"
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
	until   []byte
	file    *os.File
	tail    []byte // end of what was read, for a text across two reads
	size    int64
	booting bool
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
			seen := w.poll()
			switch {
			case seen:
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

// poll reads what is new and reports whether the wanted text came.
func (w *watch) poll() bool {
	if w.file == nil {
		f, err := os.Open(w.path)
		if err != nil {
			return false
		}
		w.file = f
	}
	if w.booting && len(w.until) == 0 { // only the size matters now
		if info, err := w.file.Stat(); err == nil {
			w.size = info.Size()
		}
		return false
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := w.file.Read(buf)
		if n > 0 {
			w.size += int64(n)
			text := append(w.tail, buf[:n]...)
			w.booting = w.booting || bytes.Contains(text, bootingLine)
			if len(w.until) > 0 && bytes.Contains(text, w.until) {
				return true
			}
			keep := min(len(text), max(len(w.until), len(bootingLine)))
			w.tail = append([]byte(nil), text[len(text)-keep:]...)
		}
		if err != nil || n == 0 {
			return false
		}
	}
}

func (w *watch) close() {
	if w.file != nil {
		w.file.Close()
	}
}
