//go:build linux && (amd64 || arm64)

package strace

import (
	"strings"

	"golang.org/x/sys/unix"
)

// openedFiles remembers under which names a process opened its latest files. A
// mapping names its file by a descriptor, and /proc/PID/fd knows only the file's real
// path; but the guest needs the name that was asked for: libcrypt.so.1, not
// libcrypt.so.1.1.0. A loader maps a file right after it opened it, so few are enough.
type openedFiles struct {
	last [8]openedFile
	next int
}

type openedFile struct {
	fd  int32
	abs string
}

func (o *openedFiles) add(fd int32, abs string) {
	o.last[o.next] = openedFile{fd, abs}
	o.next = (o.next + 1) % len(o.last)
}

// name returns the latest name that fd was opened by, "" when it is not remembered.
func (o *openedFiles) name(fd int32) string {
	for i := range o.last {
		f := o.last[(o.next-1-i+2*len(o.last))%len(o.last)]
		if f.fd == fd && f.abs != "" {
			return f.abs
		}
	}
	return ""
}

// noteOpened is called at the end of a successful call.
func (tr *tracer) noteOpened(t *tracee, fd int64) {
	if c := &t.call; c.abs != "" && (strings.HasPrefix(c.rule.name, "open") || c.rule.name == "creat") {
		t.proc.opened.add(int32(fd), c.abs)
	}
}

// mappedPath returns the name by which the file behind fd was opened, or its real
// path: the descriptor may have been closed and used again, or come from elsewhere.
func (tr *tracer) mappedPath(t *tracee, fd int32) string {
	real := tr.fdPath(t, fd)
	if tr.supervised { // which knows no results of opens
		return tr.askedName(t, real)
	}
	asked := t.proc.opened.name(fd)
	if asked == "" || asked == real || real == "" || !sameFile(tr.outside(t.proc, asked), tr.outside(t.proc, real)) {
		return real
	}
	return asked
}

// askedName returns the latest name by which the file real was opened, or real.
func (tr *tracer) askedName(t *tracee, real string) string {
	o := &t.proc.opened
	for i := range o.last {
		asked := o.last[(o.next-1-i+2*len(o.last))%len(o.last)].abs
		if real != "" && asked != "" && (asked == real || sameFile(tr.outside(t.proc, asked), tr.outside(t.proc, real))) {
			return asked
		}
	}
	return real
}

func sameFile(p, q string) bool {
	var a, b unix.Stat_t
	return unix.Stat(p, &a) == nil && unix.Stat(q, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}
