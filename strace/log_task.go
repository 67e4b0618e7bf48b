package strace

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// task is what the reader knows of one thread.
type task struct {
	tid, pid int // pid 0: the log does not tell
	comm     string
	maker    int  // id of its maker as KindTask reported it; -1 none was
	started  bool // a line of its own was seen
	fs       *taskDir
	files    *taskFiles
	pending  pendingCall
}

// taskDir is shared by the threads of a process (CLONE_FS).
type taskDir struct{ cwd string } // "" unknown

// taskFiles is shared by the threads of a process (CLONE_FILES). Nearly every
// descriptor is small: those stand in a slice.
type taskFiles struct {
	low  []openFile
	high map[int]openFile
}

// lowFiles is the usual limit of open files (RLIMIT_NOFILE).
const lowFiles = 1024

// openFile is what a descriptor stands for.
type openFile struct {
	path string // as given to open
	abs  string // absolute; "" unknown
}

// pendingCall is a call of which only the first half was printed.
type pendingCall struct {
	name string
	args string // text between the parenthesis and "<unfinished ...>"
	line int    // 0: none
	time int64
}

// maxOpenFiles bounds the descriptors remembered per process. A log recorded
// without close calls never frees one, but numbers are reused; the kernel's own
// default limit (fs.nr_open) is this.
const maxOpenFiles = 1 << 20

func (f *taskFiles) get(fd int) openFile {
	if uint(fd) < uint(len(f.low)) {
		return f.low[fd]
	}
	return f.high[fd]
}

func (f *taskFiles) set(fd int, o openFile) {
	switch {
	case uint(fd) < uint(len(f.low)):
		f.low[fd] = o
	case fd >= 0 && fd < lowFiles:
		f.low = append(f.low, make([]openFile, fd+1-len(f.low))...)
		f.low[fd] = o
	case o == openFile{}:
		delete(f.high, fd)
	default:
		if f.high == nil || len(f.high) >= maxOpenFiles {
			f.high = map[int]openFile{}
		}
		f.high[fd] = o
	}
}

func (f *taskFiles) copy() *taskFiles {
	return &taskFiles{low: slices.Clone(f.low), high: maps.Clone(f.high)}
}

// remember records what an open returned. It copies the strings, which must not
// keep the block of the log alive that they lie in.
func (t *task) remember(fd int, path, abs string) {
	f := openFile{abs: strings.Clone(abs)}
	f.path = f.abs
	if path != abs {
		f.path = strings.Clone(path)
	}
	t.files.set(fd, f)
}

// base returns the directory that a dir argument denotes, "" when unknown.
func (t *task) base(arg string) string {
	fd, note, ok := descriptor(arg)
	if !ok {
		return ""
	}
	if fd == atFDCWD {
		if p := annotatedPath(note); p != "" {
			if p != t.fs.cwd {
				t.fs.cwd = strings.Clone(p)
			}
			return p
		}
		return t.fs.cwd
	}
	return t.file(fd, note).abs
}

// file returns what descriptor fd stands for. The open that returned it knows the
// name that was asked for; the annotation knows only what that resolved to, but
// is there for descriptors that were inherited or that the log does not show.
func (t *task) file(fd int, note string) openFile {
	if f := t.files.get(fd); f.abs != "" {
		return f
	}
	p := annotatedPath(note)
	return openFile{path: p, abs: p}
}

// absolute joins p to the directory base and cleans the result lexically.
func absolute(base, p string) string {
	switch {
	case p == "":
		return ""
	case p[0] == '/':
		// Most paths are clean, and this is cheaper to see than path.Clean is.
		if !strings.Contains(p, "/.") && !strings.Contains(p, "//") && p[len(p)-1] != '/' {
			return p
		}
		return path.Clean(p)
	case base == "":
		return ""
	default:
		return path.Join(base, p)
	}
}

// exec gives the task a process of its own: the leader's id, and tables that it
// shares with nobody.
func (t *task) exec() {
	if t.tid != 0 {
		t.pid = t.tid
	}
	t.fs = &taskDir{t.fs.cwd}
	t.files = t.files.copy()
}

// child makes t what a clone of parent with flags is.
func (t *task) child(parent *task, flags uint64) {
	t.pid = t.tid
	if flags&cloneThread != 0 {
		t.pid = parent.pid
	}
	t.fs, t.files = parent.fs, parent.files
	if flags&cloneFS == 0 {
		t.fs = &taskDir{parent.fs.cwd}
	}
	if flags&cloneFiles == 0 {
		t.files = parent.files.copy()
	}
}
