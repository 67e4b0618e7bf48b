package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// outFile is a file that a report will be written to. It is opened under another name
// beside its own, and takes its place when it is complete: a reader never sees half
// of it, and an interrupted command leaves the old one.
type outFile struct {
	name string // with symbolic links followed
	temp *os.File
}

// openOutFile prepares name for writing; the error says why it cannot be written.
func openOutFile(name string) (*outFile, error) {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, errors.New("is a directory")
	case err == nil && !info.Mode().IsRegular():
		// A pipe or a device has no place to take.
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, errors.Unwrap(err)
		}
		return &outFile{temp: f}, nil
	case err == nil:
		// Replacing needs no right to the file itself, and must not circumvent it.
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, errors.Unwrap(err)
		}
		f.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, errors.Unwrap(err)
	}
	temp := fmt.Sprintf("%s.tmp-%d", name, os.Getpid())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	return &outFile{name: name, temp: f}, nil
}

// among finds the input that the file would replace.
func (o *outFile) among(inputs []string) (string, bool) {
	info, err := os.Stat(o.name)
	if err != nil {
		return "", false
	}
	for _, input := range inputs {
		if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
			return input, true
		}
	}
	return "", false
}

// commit writes the file and puts it in its place.
func (o *outFile) commit(write func(io.Writer) error) error {
	defer o.discard()
	w := bufio.NewWriter(o.temp)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = o.temp.Close()
	}
	if err == nil && o.name != "" {
		err = os.Rename(o.temp.Name(), o.name)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	o.temp = nil
	return nil
}

// discard removes the file if it was not completed.
func (o *outFile) discard() {
	if o.temp == nil {
		return
	}
	o.temp.Close()
	if o.name != "" {
		_ = os.Remove(o.temp.Name())
	}
	o.temp = nil
}
