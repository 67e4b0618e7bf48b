package tracelog

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

const (
	atFDCWD = -100

	// maxFDs bounds the table of open files; Nanos reports a limit of 65536.
	maxFDs = 1 << 17
)

// guestPaths follows what makes a relative path absolute: the working directory and the
// open directories of the one process that a Nanos guest is.
type guestPaths struct {
	cwd string         // "" when unknown
	fds map[int]string // absolute path of an open descriptor; "" when unknown
}

func newGuestPaths() guestPaths { return guestPaths{cwd: "/", fds: map[int]string{}} }

// resolve fills Abs and Abs2 of an event.
func (g *guestPaths) resolve(e *strace.Event) {
	if e.Path == "" && e.Path2 == "" {
		return
	}
	s := argShapes[e.Name]
	symlink := strings.HasPrefix(e.Name, "symlink") // Path is a text, not a place
	if e.Path != "" && !(symlink && e.Path[0] != '/') {
		e.Abs = g.abs(e.Path, g.base(e.Args, s.dirfd, s.path))
	}
	if e.Path2 != "" {
		dir := g.cwd
		if s.dirfd2 != none {
			// the descriptor stands between the strings
			if i := strings.LastIndex(e.Args, `, "`); i >= 0 {
				j := strings.LastIndex(e.Args[:i], ", ")
				dir = g.dir(e.Args[j+2 : i])
			}
		}
		e.Abs2 = g.abs(e.Path2, dir)
	}
}

func (g *guestPaths) base(args string, dirfd, at int8) string {
	if dirfd == none || at == none {
		return g.cwd
	}
	fd, _, _ := strings.Cut(args, ", ")
	return g.dir(fd)
}

func (g *guestPaths) dir(fd string) string {
	n, err := strconv.Atoi(fd)
	if err != nil {
		return ""
	}
	if n == atFDCWD {
		return g.cwd
	}
	return g.fds[n]
}

func (g *guestPaths) abs(p, dir string) string {
	if p[0] != '/' {
		if dir == "" {
			return ""
		}
		p = dir + "/" + p
	}
	if isClean(p) {
		return p
	}
	return path.Clean(p)
}

// isClean tells for most paths that path.Clean would change nothing.
func isClean(p string) bool {
	return !strings.Contains(p, "//") && !strings.Contains(p, "/.") && (len(p) == 1 || p[len(p)-1] != '/')
}

// done takes the effect of a finished call on descriptors and working directory.
func (g *guestPaths) done(e *strace.Event) {
	if !e.OK() {
		return
	}
	switch e.Name {
	case "open", "openat", "creat":
		g.set(int(e.Ret), e.Abs)
	case "close":
		if n, err := strconv.Atoi(e.Args); err == nil {
			delete(g.fds, n)
		}
	case "dup", "dup2", "dup3", "fcntl":
		if e.Name == "fcntl" && !strings.Contains(e.Args, "F_DUPFD") {
			return
		}
		fd, _, _ := strings.Cut(e.Args, ", ")
		if n, err := strconv.Atoi(fd); err == nil {
			g.set(int(e.Ret), g.fds[n])
		} else {
			delete(g.fds, int(e.Ret))
		}
	case "socket", "accept", "accept4", "epoll_create1", "eventfd2":
		delete(g.fds, int(e.Ret)) // a number whose close was not traced
	case "chdir":
		g.cwd = e.Abs // "" where the trace does not show the path
	case "fchdir":
		g.cwd = ""
	}
}

func (g *guestPaths) set(fd int, p string) {
	if len(g.fds) < maxFDs {
		g.fds[fd] = p
	}
}

// isCleanPath is isClean for what is no string yet.
func isCleanPath(p []byte) bool {
	return !bytes.Contains(p, []byte("//")) && !bytes.Contains(p, []byte("/.")) && (len(p) == 1 || p[len(p)-1] != '/')
}
