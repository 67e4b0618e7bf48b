//go:build linux && (amd64 || arm64)

package strace

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Half of what a file call costs is the stop at its end. A program that asks for the
// same file over and over needs it only the first times: from then on the outcome is
// Predicted, as long as the file exists, or is missing, as it did before.
const (
	repeatsUntilSure = 16   // outcomes seen, all the same, before the first is predicted
	observeEvery     = 256  // one call in so many is observed all the same
	maxRepeated      = 1024 // different requests remembered per process
)

// request is what makes two calls the same.
type request struct {
	rule  *traceRule
	path  string
	flags uint64
}

// history is what became of the calls for one request.
type history struct {
	count int
	ret   int64 // the last result
}

// predictable reports whether the pending call's outcome depends on nothing but the
// existence of a file that the tracer can see as well.
func (tr *tracer) predictable(t *tracee) bool {
	c := &t.call
	p := c.path
	if c.abi != abiNative || t.proc.root != "" || t.proc.elsewhere || p == "" || p[0] != '/' {
		return false
	}
	if strings.HasPrefix(p, "/proc/") || strings.HasPrefix(p, "/dev/") {
		return false // the tracer's own, or with effects and states of their own
	}
	switch c.rule.name {
	case "open", "openat":
		return c.flags&^(unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_LARGEFILE|unix.O_DIRECTORY) == unix.O_RDONLY
	case "access", "stat", "lstat", "newfstatat", "readlink":
		return true
	case "mmap": // a loader's, at a place that it reserved
		return c.args[3]&unix.MAP_FIXED != 0
	}
	return false
}

// predict reports the pending call as done, without waiting for its end, if its
// outcome is known. If not, it returns false.
func (tr *tracer) predict(t *tracee) bool {
	if !tr.started || !tr.predictable(t) {
		return false
	}
	c := &t.call
	h := t.proc.requests[request{c.rule, c.path, c.flags}]
	if h == nil || h.count < repeatsUntilSure {
		return false
	}
	h.count++
	if h.count%observeEvery == 0 {
		return false
	}
	if c.rule.class == classMap { // of a file that is open
		if h.ret < 0 {
			return false
		}
		tr.finish(t, Predicted, int64(c.args[0]))
		return true
	}
	if tr.exists(c.path) != (h.ret >= 0) {
		return false
	}
	tr.finish(t, Predicted, h.ret)
	return true
}

// learn takes note of an observed outcome.
func (tr *tracer) learn(t *tracee, ret int64) {
	if !tr.predictable(t) {
		return
	}
	c, p := &t.call, t.proc
	open := c.rule.name == "open" || c.rule.name == "openat"
	if ret != -int64(unix.ENOENT) && !(open && ret >= 0) && c.rule.class != classMap {
		return // what a successful stat filled in is worth a look every time
	}
	key := request{c.rule, c.path, c.flags}
	h := p.requests[key]
	if h == nil {
		if p.requests == nil || len(p.requests) >= maxRepeated {
			p.requests = map[request]*history{}
		}
		h = &history{ret: ret}
		p.requests[key] = h
	}
	if (h.ret >= 0) != (ret >= 0) {
		h.count = 0
	}
	h.ret = ret
	h.count++
}

// exists reports whether the tracer finds a file at the absolute path.
func (tr *tracer) exists(path string) bool {
	path, _ = tr.mounted(path)
	n := copy(tr.strings.buf[:len(tr.strings.buf)-1], path)
	tr.strings.buf[n] = 0
	cwd := unix.AT_FDCWD
	_, _, e := unix.RawSyscall6(unix.SYS_FACCESSAT, uintptr(cwd), uintptr(unsafe.Pointer(&tr.strings.buf[0])), unix.F_OK, 0, 0, 0)
	return e == 0
}
