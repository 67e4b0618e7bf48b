package strace

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ReadLogFile reads the log at path, as ReadLog does. Where path is no file but
// the common prefix of a set that strace -ff wrote (path.1234, path.1235 …), it
// reads the set: in the order of time if the lines have one (-t, -tt, -ttt), else
// each task's file after that of its parent. Event.Line counts within the task's
// own file.
func ReadLogFile(path string, fn func(*Event) error) error {
	return ReadLogFileWith(path, ReaderOptions{}, fn)
}

// ReadLogFileWith is ReadLogFile for a log of which more is known.
func ReadLogFileWith(path string, opt ReaderOptions, fn func(*Event) error) error {
	r := newLogReader(opt, fn)
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		set, globErr := logSet(path)
		if globErr != nil {
			return globErr
		}
		if len(set) == 0 {
			return fmt.Errorf("%w, nor is there a strace -ff set %s.PID", err, path)
		}
		return r.readSet(set)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("read %s: is a directory; name a file, or the prefix of a strace -ff set", path)
	}
	if one, ok := memberOf(path); ok {
		r.owner = one.tid
	}
	if err := r.read(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := r.finish(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// setFile is one task's file of a -ff set.
type setFile struct {
	path string
	tid  int
}

func memberOf(path string) (setFile, bool) {
	ext := strings.TrimPrefix(filepath.Ext(path), ".")
	n, err := strconv.Atoi(ext)
	if err != nil || n <= 0 || n > maxTaskID || ext[0] == '0' || ext[0] == '+' {
		return setFile{}, false
	}
	return setFile{path, n}, true
}

func logSet(prefix string) ([]setFile, error) {
	dir, base := filepath.Split(prefix)
	entries, err := os.ReadDir(filepath.Clean("./" + dir))
	if filepath.IsAbs(prefix) {
		entries, err = os.ReadDir(dir)
	}
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var set []setFile
	for _, e := range entries {
		if f, ok := memberOf(e.Name()); ok && e.Name() == base+"."+strconv.Itoa(f.tid) && e.Type().IsRegular() {
			f.path = dir + e.Name()
			set = append(set, f)
		}
	}
	slices.SortFunc(set, func(a, b setFile) int { return a.tid - b.tid })
	return set, nil
}

// maxSetFiles bounds how many files are open at once for the merge by time; the
// usual limit of a process is 1024.
const maxSetFiles = 512

func (r *logReader) readSet(set []setFile) error {
	sources := make([]*setSource, 0, min(len(set), maxSetFiles))
	defer func() {
		for _, s := range sources {
			s.file.Close()
		}
	}()
	timed := len(set) <= maxSetFiles
	for _, f := range set {
		if !timed {
			break
		}
		file, err := os.Open(f.path)
		if err != nil {
			return err
		}
		s := &setSource{setFile: f, file: file, in: bufio.NewReaderSize(file, 16<<10)}
		sources = append(sources, s)
		if err := s.next(); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		timed = s.done || s.scale >= clockDay
	}
	if timed {
		return r.merge(sources)
	}
	return r.sequence(set)
}

// setSource reads one file of a set line by line.
type setSource struct {
	setFile
	file  *os.File
	in    *bufio.Reader
	text  string // the current line
	line  int
	clock int64
	scale clockScale
	done  bool
}

func (s *setSource) next() error {
	text, err := s.in.ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("line %d: %w", s.line+1, err)
	}
	if text == "" {
		s.done = true
		return nil
	}
	if len(text) > maxLogLine {
		return fmt.Errorf("line %d: longer than %d bytes; record again with a smaller strace -s", s.line+1, maxLogLine)
	}
	s.line++
	s.text = strings.TrimRight(text, "\r\n")
	if p := parsePrefix(s.text); p.scale >= clockDay { // a line without a time belongs to the one before
		s.clock, s.scale = p.clock, p.scale
	}
	return nil
}

// merge reads all sources in the order of time. The number of tasks is small, so
// the earliest is found by looking at each.
func (r *logReader) merge(sources []*setSource) error {
	for {
		var first *setSource
		for _, s := range sources {
			if !s.done && (first == nil || s.clock < first.clock) {
				first = s
			}
		}
		if first == nil {
			return r.finish()
		}
		r.owner, r.line = first.tid, first.line
		if first.text != "" {
			if err := r.one(first.text); err != nil {
				return fmt.Errorf("%s: %w", first.path, err)
			}
		}
		if err := first.next(); err != nil {
			return fmt.Errorf("%s: %w", first.path, err)
		}
	}
}

// sequence reads file after file: the first task's, then those of the tasks that
// it made, so that a child starts with its parent's directory and descriptors.
func (r *logReader) sequence(set []setFile) error {
	todo := make(map[int]setFile, len(set))
	for _, f := range set {
		todo[f.tid] = f
	}
	var made []int
	emit := r.fn
	r.fn = func(e *Event) error {
		if e.Kind == KindTask {
			made = append(made, e.TID)
		}
		return emit(e)
	}
	for _, f := range set { // by number: a parent's is the smaller, until numbers wrap
		made = append(made[:0], f.tid)
		for len(made) > 0 {
			f, ok := todo[made[0]]
			made = made[1:]
			if !ok {
				continue
			}
			delete(todo, f.tid)
			if err := r.readSetFile(f); err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
		}
	}
	return r.finish()
}

func (r *logReader) readSetFile(f setFile) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	r.owner, r.line = f.tid, 0
	if err := r.read(file); err != nil {
		return err
	}
	return r.flush()
}
