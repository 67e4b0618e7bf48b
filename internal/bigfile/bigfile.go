// Package bigfile keeps what a program prints without end from filling the disk: of a
// file that grows, the head and the tail stay, and the middle gives its blocks back
// while the program still writes.
package bigfile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Head and Tail are how much stays at either end, in bytes.
const (
	Head = 64 << 20
	Tail = 64 << 20
)

// slack is by how much a file may be longer before anything is done about it.
const slack = 64 << 20

// Trimmer gives back the blocks in the middle of one growing file.
type Trimmer struct {
	f    *os.File
	done int64 // up to here they are given back
}

// NewTrimmer opens the file for it. Close it.
func NewTrimmer(name string) (*Trimmer, error) {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return &Trimmer{f: f, done: Head}, nil
}

// Trim does what is due. A file system that cannot punch holes keeps all.
func (t *Trimmer) Trim() {
	info, err := t.f.Stat()
	if err != nil || info.Size()-Tail-t.done < slack {
		return
	}
	n := info.Size() - Tail - t.done
	_ = unix.Fallocate(int(t.f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, t.done, n)
	t.done += n
}

// Close ends the watch over the file.
func (t *Trimmer) Close() { t.f.Close() }

// Compact rewrites a file that is too long to its head, a line that says what is
// missing, and its tail. It returns how many bytes were left out, 0 for a file that
// stays as it is.
func Compact(name string) (left int64, err error) {
	return compact(name, Head, Tail, slack)
}

func compact(name string, head, tail, slack int64) (left int64, err error) {
	from, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil || info.Size() <= head+tail+slack {
		return 0, err
	}
	to, err := os.OpenFile(name+".short", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		to.Close()
		if err != nil {
			os.Remove(to.Name())
		}
	}()
	if _, err := io.CopyN(to, from, head); err != nil {
		return 0, err
	}
	last := bufio.NewReaderSize(io.NewSectionReader(from, info.Size()-tail, tail), 1<<20)
	// From the next whole line on, where there is one soon.
	skipped := 0
	if start, err := last.Peek(64 << 10); err == nil {
		skipped, _ = last.Discard(bytes.IndexByte(start, '\n') + 1)
	}
	left = info.Size() - head - tail + int64(skipped)
	if _, err := fmt.Fprintf(to, "\n… %d bytes were left out here …\n", left); err != nil {
		return 0, err
	}
	if _, err := io.Copy(to, last); err != nil {
		return 0, err
	}
	if err := to.Close(); err != nil {
		return 0, err
	}
	return left, os.Rename(to.Name(), name)
}
