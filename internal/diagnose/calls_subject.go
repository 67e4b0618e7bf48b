package diagnose

import (
	"path"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
)

// callSubject is the call by its name, and its family or operation after a space
// where the log has the arguments.
func callSubject(r *run, e *strace.Event) string {
	if n, ok := strings.CutPrefix(e.Name, "syscall_"); ok {
		if nr, err := strconv.Atoi(n); err == nil && strace.SyscallName(nr) != "" {
			return strace.SyscallName(nr)
		}
	}
	if op := operation.FindString(e.Args); op != "" {
		return e.Name + " " + op
	}
	return e.Name
}

// operation is the argument that says what a multiplexing call was to do.
var operation = lazyregexp.New(`\b(AF_[A-Z]+|SOCK_SEQPACKET|SOCK_RAW|F_OFD_[A-Z]+|F_[A-Z_]*PIPE_SZ|PR_[A-Z_]+|MADV_[A-Z_]+|FUTEX_[A-Z_]+|MAP_[A-Z]+)\b`)

// memorySize is memoryAmount as the subject of a call.
func (r *run) memorySize(*strace.Event) string { return r.memoryAmount() }

// fullPlace is the mount point of the file written to, or the root.
func (r *run) fullPlace(e *strace.Event) string {
	if e.Path != "" {
		if m, ok := r.setup.mountOf(e.Path); ok {
			return m
		}
	}
	return "/"
}

// spawned names the program that was to be started, as the native run shows it: the
// first execve of a task that is not the program's own.
func spawned(r *run, _ *strace.Event) string {
	if r.native != nil {
		for i := range r.native.events {
			e := &r.native.events[i]
			if i > 0 && wants(e) == wantsExec && e.TID != r.native.main {
				return e.Path
			}
		}
	}
	if l, ok := r.lastBad(); ok {
		return spawnedIn(l.Text)
	}
	return "another program"
}

// socketDir is the directory of the path that the program removed, or looked for,
// before it bound its socket there: neither log has the path of a bind.
func (r *run) socketDir(e *strace.Event) string {
	events := r.events()
	best := ""
	for i := range events {
		if events[i].Line >= e.Line {
			break
		}
		if missing(&events[i]) && !isLibrary(events[i].Path) && events[i].Path != "" {
			if row, ok := probe(pathKey(events[i].Path)); !ok || row.weight == normal {
				best = events[i].Path
			}
		}
	}
	if best == "" {
		return "of the socket"
	}
	return path.Dir(best)
}
