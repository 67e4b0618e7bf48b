package strace

import (
	"bufio"
	"io"
	"path"
	"strconv"
	"strings"
)

// LogWriter writes events in strace(1)'s own text format, as
//
//	strace -f -o FILE
//
// does: the task's number before each line, strings quoted and flags spelt in
// strace's way, the result at column 40. What ReadLog makes of the text equals
// what was written, but for Time, Caller, a Predicted outcome (which nobody
// observed; it is written as observed) and KindTask, which strace writes no line
// for and ReadLog derives from the call that made the task.
//
// An event that came from a text keeps its argument text. A live one has no more
// than its fields tell: what is not known of the arguments is written "...", as
// strace writes what it leaves out. A relative path whose directory is known
// is written with it, in the manner of -y: openat(AT_FDCWD</srv>, "x", …).
type LogWriter struct {
	// Argv is written with the first execve that succeeds, the program's own: a live
	// event does not hold it. nil leaves it out.
	Argv []string

	w     *bufio.Writer
	buf   []byte
	files map[int]*writtenFiles // by process
}

// NewLogWriter returns a writer to w. Call Flush at the end.
func NewLogWriter(w io.Writer) *LogWriter {
	return &LogWriter{w: bufio.NewWriterSize(w, 64<<10), files: map[int]*writtenFiles{}}
}

// Flush writes out what is buffered.
func (w *LogWriter) Flush() error { return w.w.Flush() }

// Write appends e. The error is that of the underlying writer.
func (w *LogWriter) Write(e *Event) error {
	b := w.buf[:0]
	if e.TID != 0 {
		b = strconv.AppendInt(b, int64(e.TID), 10)
		if e.Thread != "" {
			b = append(append(append(b, '<'), e.Thread...), '>')
		}
		for len(b) < 5 {
			b = append(b, ' ')
		}
		b = append(b, ' ')
	}
	switch e.Kind {
	case KindTask:
		return nil
	case KindExit:
		b = appendExit(b, e)
		delete(w.files, e.TID)
	case KindSignal:
		name := SignalName(e.Sig)
		info := e.Args
		if info == "" {
			info = "{si_signo=" + name + ", ...}"
		}
		b = append(b, "--- "+name+" "+info+" ---\n"...)
	default:
		b = w.appendCall(b, e)
	}
	w.buf = b
	_, err := w.w.Write(b)
	return err
}

func appendExit(b []byte, e *Event) []byte {
	if e.Sig != 0 {
		return append(b, "+++ killed by "+SignalName(e.Sig)+" +++\n"...)
	}
	b = append(b, "+++ exited with "...)
	b = strconv.AppendInt(b, e.Ret, 10)
	return append(b, " +++\n"...)
}

// resultColumn is where strace aligns "=" (its option -a).
const resultColumn = 40

func (w *LogWriter) appendCall(b []byte, e *Event) []byte {
	b = append(b, e.Name...)
	b = append(b, '(')
	if e.Args != "" {
		b = append(b, e.Args...)
	} else if w.Argv != nil && e.Name == "execve" && e.OK() {
		b = appendExec(b, e.Path, w.Argv)
		w.Argv = nil
	} else if s := callShapes[e.Name]; s != nil && e.Line == 0 {
		b = w.appendArgs(b, e, s)
	} else if e.Line == 0 { // live; a text that shows no arguments had none
		b = append(b, "..."...)
	}
	if e.State == Unfinished && e.Args != "" && !balanced(e.Args) { // the log showed only its beginning
		return append(b, " <unfinished ...>\n"...)
	}
	b = append(b, ") "...)
	for len(b) < resultColumn {
		b = append(b, ' ')
	}
	b = append(b, "= "...)
	switch {
	case e.State == Unfinished:
		return append(b, "?\n"...)
	case e.State == Unknown:
		return append(b, "? <unavailable>\n"...)
	case e.Err != 0:
		b = append(b, "-1 "+ErrnoName(e.Err)+" ("+errnoMessage(e.Err)+")"...)
	case addressResults[e.Name]:
		b = append(b, "0x"...)
		b = strconv.AppendUint(b, uint64(e.Ret), 16)
	default:
		b = strconv.AppendInt(b, e.Ret, 10)
	}
	if e.State == Answered {
		b = append(b, " "+injected...)
	}
	w.follow(e)
	return append(b, '\n')
}

// appendExec writes the arguments of an execve: "/bin/ls", ["ls", "-l"], ...
func appendExec(b []byte, path string, argv []string) []byte {
	b = append(appendQuoted(b, path), ", ["...)
	for i, a := range argv {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendQuoted(b, a)
	}
	return append(b, "], ..."...)
}

// balanced reports whether args are whole arguments, which a closing parenthesis
// ends.
func balanced(args string) bool {
	var a callArgs
	return a.scan(args+")", 0) == len(args)
}

// addressResults are the calls whose result strace prints in hexadecimal.
var addressResults = map[string]bool{"mmap": true, "mremap": true, "brk": true, "shmat": true}

func (w *LogWriter) appendArgs(b []byte, e *Event, s *callShape) []byte {
	if s.clone {
		return appendClone(b, e)
	}
	paths := []string{e.Path, e.Path2}
	abs := []string{e.Abs, e.Abs2}
	pathsDone := 0
	for i, kind := range s.kinds {
		if kind == "_" && s.set == &openFlags && e.Flags&oCreat == 0 {
			break // no mode without O_CREAT
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		switch kind {
		case "dir":
			b = w.appendDir(b, e, paths[pathsDone], abs[pathsDone])
		case "path", "target":
			b = w.appendPath(b, paths[pathsDone], s.dir >= 0 && abs[pathsDone] != "")
			pathsDone = 1
		case "fd":
			b = w.appendFD(b, e, e.Abs)
		case "oflags", "prot", "access":
			b = append(b, flagKinds[kind].format(e.Flags)...)
		case "how":
			b = append(b, "{flags="+openFlags.format(e.Flags)+", ...}"...)
		case "at":
			if e.Path == "" && e.Abs != "" {
				b = append(b, "AT_EMPTY_PATH"...)
			} else {
				b = append(b, '0')
			}
		case "stat":
			b = appendStat(b, e)
		case "sun":
			b = appendSun(b, e)
		default:
			b = append(b, "..."...)
		}
	}
	return b
}

// appendPath writes a path, or what strace writes in the place of one that the
// kernel could not read.
func (w *LogWriter) appendPath(b []byte, p string, empty bool) []byte {
	if p == "" && !empty {
		return append(b, "NULL"...)
	}
	return appendQuoted(b, p)
}

// appendDir writes the directory that makes p the absolute path abs.
func (w *LogWriter) appendDir(b []byte, e *Event, p, abs string) []byte {
	if p == "" && abs != "" {
		return w.appendFD(b, e, abs)
	}
	b = append(b, "AT_FDCWD"...)
	if base := baseOf(p, abs); base != "" {
		b = appendNote(b, base)
	}
	return b
}

func appendNote(b []byte, p string) []byte {
	b = append(b, '<')
	b = appendEscaped(b, p, "<>")
	return append(b, '>')
}

// baseOf returns the directory from which the relative path p leads to abs; ""
// where p is absolute or climbs ("../x"), so that it does not tell.
func baseOf(p, abs string) string {
	if p == "" || abs == "" || p[0] == '/' {
		return ""
	}
	rel := path.Clean(p)
	if rel == "." {
		return abs
	}
	base, ok := strings.CutSuffix(abs, "/"+rel)
	switch {
	case !ok || rel == ".." || strings.HasPrefix(rel, "../"):
		return ""
	case base == "":
		return "/"
	}
	return base
}

// appendFD writes a descriptor of abs: the one that the process opened it as, or
// else a free number, annotated so that nobody takes it for another file's.
func (w *LogWriter) appendFD(b []byte, e *Event, abs string) []byte {
	if abs == "" {
		return append(b, "..."...)
	}
	fd := 3
	if f := w.files[e.PID]; f != nil {
		n, ok := f.fd[abs]
		if fd = f.top + 1; ok {
			fd = n
		}
	}
	b = strconv.AppendInt(b, int64(fd), 10)
	return appendNote(b, abs)
}

// writtenFiles are the descriptors of a process as the text shows them.
type writtenFiles struct {
	fd  map[string]int // absolute path → a descriptor of it
	abs map[int]string
	top int
}

// follow remembers what an open returned.
func (w *LogWriter) follow(e *Event) {
	if !e.OK() || callEffects[e.Name] != effectOpen || e.Abs == "" {
		return
	}
	f := w.files[e.PID]
	if f == nil || len(f.abs) >= maxOpenFiles {
		f = &writtenFiles{fd: map[string]int{}, abs: map[int]string{}, top: 2}
		w.files[e.PID] = f
	}
	n := int(e.Ret)
	if old, ok := f.abs[n]; ok && f.fd[old] == n {
		delete(f.fd, old)
	}
	f.abs[n], f.fd[e.Abs], f.top = e.Abs, n, max(f.top, n)
}

func appendStat(b []byte, e *Event) []byte {
	if e.Mode == 0 || e.Err != 0 {
		return append(b, "..."...)
	}
	prefix := "st_"
	if e.Name == "statx" {
		prefix = "stx_"
	}
	b = append(b, "{"+prefix+"mode="+formatMode(e.Mode)+", "+prefix+"size="...)
	b = strconv.AppendInt(b, e.Size, 10)
	return append(b, ", ...}"...)
}

func appendSun(b []byte, e *Event) []byte {
	if e.Path == "" {
		return append(b, "..."...)
	}
	b = append(b, "{sa_family=AF_UNIX, sun_path="...)
	b = appendQuoted(b, e.Path)
	return append(b, '}')
}

func appendClone(b []byte, e *Event) []byte {
	if e.Name == "clone3" {
		return append(b, "{flags="+cloneFlags.format(e.Flags)+", ...}, ..."...)
	}
	return append(b, "child_stack=..., flags="+cloneFlags.format(e.Flags)...)
}
