//go:build linux && (amd64 || arm64)

package strace

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// number returns the name of t's process in the procfs, 0 if it has none.
func (tr *tracer) number(p *tracedProc) int {
	if p.number == 0 {
		p.number = tr.proc.number(p.pid)
		if p.number == 0 {
			p.number = -1
		}
	}
	return max(p.number, 0)
}

// link reads /proc/PID/name for the task's process. It asks for the thread itself
// first, for a leader that has ended has no directories and descriptors any more.
func (tr *tracer) link(t *tracee, name string) string {
	id := t.tid
	if tr.proc.outer {
		id = tr.number(t.proc)
	}
	if id == 0 {
		return ""
	}
	link, ok := tr.proc.readlink(strconv.Itoa(id) + "/" + name)
	if !ok {
		return ""
	}
	path := tr.inside(t.proc, linkPath(link))
	if tr.opt.Inside != nil && path != "" {
		return tr.opt.Inside(path)
	}
	return path
}

// inside turns a path of the tracer into one of the process.
func (tr *tracer) inside(p *tracedProc, path string) string {
	if p.root == "" || path == "" {
		return path
	}
	if path == p.root {
		return "/"
	}
	if rest, ok := strings.CutPrefix(path, p.root); ok && rest[0] == '/' {
		return rest
	}
	return path
}

// cwd returns the task's working directory, "" when unknown. It is kept until a call
// changes it: nearly every relative path would ask for it again.
func (tr *tracer) cwd(t *tracee) string {
	if t.proc.cwd != "" && !t.proc.cwdShared {
		return t.proc.cwd
	}
	t.proc.cwd = tr.link(t, "cwd")
	return t.proc.cwd
}

// descriptor returns what descriptor fd of the task refers to.
func (tr *tracer) fdPath(t *tracee, fd int32) string {
	if fd < 0 {
		return ""
	}
	return tr.link(t, "fd/"+strconv.Itoa(int(fd)))
}

// resolve makes path absolute as the kernel would, except for symbolic links.
func (tr *tracer) resolve(t *tracee, path string, dir int8) string {
	if path == "" {
		return ""
	}
	if path[0] == '/' {
		if isClean(path) {
			return path
		}
		return absolute("/", path)
	}
	base := ""
	if fd := int32(t.call.argument(dir)); dir < 0 || fd == unix.AT_FDCWD {
		base = tr.cwd(t)
	} else {
		base = tr.fdPath(t, fd)
	}
	if base == "" {
		tr.note("a relative path could not be resolved: the directory it starts from is not readable through /proc")
	}
	return absolute(base, path)
}

// isClean reports whether path.Clean would return the absolute path p unchanged. It
// saves the copy that Clean's answer would otherwise be compared with.
func isClean(p string) bool {
	for i := 0; i < len(p); i++ {
		if p[i] != '/' {
			continue
		}
		switch rest := p[i+1:]; {
		case rest == "":
			return i == 0
		case rest[0] == '/':
			return false
		case rest[0] == '.':
			if len(rest) == 1 || rest[1] == '/' || rest[1] == '.' && (len(rest) == 2 || rest[2] == '/') {
				return false
			}
		}
	}
	return true
}

// rootChanged is called when the process may have got another root directory.
func (tr *tracer) rootChanged(t *tracee) {
	p := t.proc
	p.root, p.cwd = "", ""
	p.elsewhere = tr.proc.fd < 0
	if root := tr.link(t, "root"); root != "/" {
		p.root = root
	}
}
