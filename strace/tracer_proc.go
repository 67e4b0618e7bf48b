//go:build linux && (amd64 || arm64)

package strace

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// procDir reads a procfs. It may be that of an outer PID namespace, where the tasks
// have other numbers than the tracer knows them by.
type procDir struct {
	fd    int // O_PATH; -1 when there is none
	outer bool
	buf   [maxPath + 1]byte
}

// openProc opens the procfs mounted at dir. Without one everything it is asked is
// unknown.
func openProc(dir string) *procDir {
	p := &procDir{fd: -1}
	if dir == "" {
		dir = "/proc"
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return p
	}
	p.fd = fd
	self, ok := p.readlink("self")
	if !ok { // an empty directory, or a procfs in which this process has no number
		p.close()
		return p
	}
	p.outer = self != strconv.Itoa(os.Getpid())
	return p
}

func (p *procDir) close() {
	if p.fd >= 0 {
		unix.Close(p.fd)
		p.fd = -1
	}
}

func (p *procDir) readlink(name string) (string, bool) {
	if p.fd < 0 {
		return "", false
	}
	n, err := unix.Readlinkat(p.fd, name, p.buf[:])
	if err != nil || n >= len(p.buf) {
		return "", false
	}
	return string(p.buf[:n]), true
}

// number returns what this procfs calls the process pid, 0 if it cannot be told.
func (p *procDir) number(pid int) int {
	if !p.outer || p.fd < 0 {
		return pid
	}
	// A pidfd's fdinfo has the number as the procfs's own namespace sees it.
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	text, err := p.readFile("self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(field(text, "Pid:"))
	return max(n, 0)
}

func (p *procDir) readFile(name string) ([]byte, error) {
	fd, err := unix.Openat(p.fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, p.buf[:])
	return p.buf[:max(n, 0)], err
}

// appendFile appends the content of a file to b, at most limit bytes of it.
func (p *procDir) appendFile(b []byte, name string, limit int) []byte {
	fd, err := unix.Openat(p.fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return b
	}
	defer unix.Close(fd)
	for len(b) < limit {
		b = slices.Grow(b, len(p.buf))
		n, err := unix.Read(fd, b[len(b):cap(b)])
		if err != nil || n == 0 {
			break
		}
		b = b[:len(b)+n]
	}
	return b
}

// peakRSS returns the largest resident set that the memory of process number has had
// since it was made by execve, in bytes; 0 when unknown.
func (p *procDir) peakRSS(number int) int64 {
	if p.fd < 0 || number == 0 {
		return 0
	}
	text, err := p.readFile(strconv.Itoa(number) + "/status")
	if err != nil {
		return 0
	}
	kb, _ := strconv.ParseInt(strings.TrimSuffix(field(text, "VmHWM:"), " kB"), 10, 64)
	return kb << 10
}

// io returns how many bytes the process has read and written by calls.
func (p *procDir) io(number int) (n [2]int64) {
	if p.fd < 0 || number == 0 {
		return n
	}
	text, err := p.readFile(strconv.Itoa(number) + "/io")
	if err != nil {
		return n
	}
	for i, name := range []string{"rchar:", "wchar:"} {
		n[i], _ = strconv.ParseInt(field(text, name), 10, 64)
	}
	return n
}

// list returns the names in a directory.
func (p *procDir) list(name string) []string {
	fd, err := unix.Openat(p.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return names
}

// setID returns the program that process number runs, and whether its file would
// change user or group.
func (p *procDir) setID(number int) (exe string, setid bool) {
	if p.fd < 0 || number == 0 {
		return "", false
	}
	name := strconv.Itoa(number) + "/exe"
	var st unix.Stat_t
	if unix.Fstatat(p.fd, name, &st, 0) != nil || st.Mode&(unix.S_ISUID|unix.S_ISGID) == 0 {
		return "", false
	}
	exe, ok := p.readlink(name)
	return exe, ok
}

// field returns the value of a line "name:\tvalue".
func field(text []byte, name string) string {
	for line := range bytes.Lines(text) {
		if v, ok := bytes.CutPrefix(line, []byte(name)); ok {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}

// linkPath cleans what a link in /proc says: "" for what is not a path (a socket, an
// anonymous inode), and without the mark of a file that was deleted meanwhile.
func linkPath(link string) string {
	if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "/memfd:") {
		return ""
	}
	return strings.TrimSuffix(link, " (deleted)")
}
