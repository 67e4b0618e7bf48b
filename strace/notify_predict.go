//go:build linux && (amd64 || arm64)

package strace

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// assumedFD is the result of an open that is predicted to succeed: the number that is
// free in most programs.
const assumedFD = 3

// outcome computes what the pending call of t will return, by a look at the files that
// the tracer sees in the same places. known is false where that says nothing.
func (tr *tracer) outcome(t *tracee) (ret int64, known bool) {
	c := &t.call
	if c.unreadable || c.abs == "" || t.proc.elsewhere || t.proc.root != "" {
		return 0, false
	}
	if strings.HasPrefix(c.abs, "/proc/self") || strings.HasPrefix(c.abs, "/proc/thread-self") {
		return 0, false // the tracer's own
	}
	if len(tr.mounts) > 0 {
		abs, abs2 := c.abs, c.abs2
		c.abs, _ = tr.mounted(abs)
		c.abs2, _ = tr.mounted(abs2)
		defer func() { c.abs, c.abs2 = abs, abs2 }()
	}
	switch c.rule.class {
	case classExec:
		return verdict(unix.Faccessat(unix.AT_FDCWD, c.abs, unix.X_OK, unix.AT_EACCESS)), true
	case classChdir:
		return verdict(unix.Access(c.abs, unix.X_OK)), true
	}
	switch name := c.rule.name; name {
	case "open", "openat", "openat2", "creat":
		return tr.openOutcome(c), true
	case "access", "faccessat", "faccessat2":
		at := 1
		if name != "access" {
			at = 2
		}
		return verdict(unix.Faccessat(unix.AT_FDCWD, c.abs, uint32(c.args[at])&7, 0)), true
	case "mkdir", "mkdirat", "mknod", "mknodat":
		return makeOutcome(c.abs), true
	case "symlink", "symlinkat":
		return makeOutcome(c.abs2), c.abs2 != ""
	}
	return tr.lookOutcome(c), true
}

// verdict is err as a call's result.
func verdict(err error) int64 {
	if e, ok := err.(unix.Errno); ok {
		return -int64(e)
	}
	return 0
}

func (tr *tracer) openOutcome(c *nativeCall) int64 {
	var st unix.Stat_t
	flags := 0
	if c.flags&(unix.O_NOFOLLOW|unix.O_EXCL) != 0 {
		flags = unix.AT_SYMLINK_NOFOLLOW
	}
	create := c.flags&unix.O_CREAT != 0
	err := unix.Fstatat(unix.AT_FDCWD, c.abs, &st, flags)
	kind := st.Mode & unix.S_IFMT
	write := c.flags&unix.O_ACCMODE != unix.O_RDONLY
	switch {
	case err == unix.ENOENT && create:
		if r := verdict(unix.Faccessat(unix.AT_FDCWD, path.Dir(c.abs), unix.W_OK|unix.X_OK, unix.AT_EACCESS)); r != 0 {
			return r
		}
		return assumedFD
	case err != nil:
		return verdict(err)
	case create && c.flags&unix.O_EXCL != 0:
		return -int64(unix.EEXIST)
	case c.flags&unix.O_NOFOLLOW != 0 && c.flags&unix.O_PATH == 0 && kind == unix.S_IFLNK:
		return -int64(unix.ELOOP)
	case c.flags&unix.O_DIRECTORY != 0 && kind != unix.S_IFDIR:
		return -int64(unix.ENOTDIR)
	case write && kind == unix.S_IFDIR && c.flags&unix.O_TMPFILE != unix.O_TMPFILE:
		return -int64(unix.EISDIR)
	case c.flags&unix.O_PATH != 0:
		return assumedFD
	}
	mode := uint32(0)
	if c.flags&unix.O_ACCMODE != unix.O_WRONLY {
		mode |= unix.R_OK
	}
	if write {
		mode |= unix.W_OK
	}
	if r := verdict(unix.Faccessat(unix.AT_FDCWD, c.abs, mode, unix.AT_EACCESS)); r != 0 {
		return r
	}
	return assumedFD
}

// makeOutcome is that of calls that make p.
func makeOutcome(p string) int64 {
	var st unix.Stat_t
	if unix.Lstat(p, &st) == nil {
		return -int64(unix.EEXIST)
	}
	return verdict(unix.Faccessat(unix.AT_FDCWD, path.Dir(p), unix.W_OK|unix.X_OK, unix.AT_EACCESS))
}

// keepsLink are the calls that look at a symbolic link itself.
var keepsLink = map[string]bool{
	"lstat": true, "readlink": true, "readlinkat": true, "lchown": true, "lgetxattr": true, "llistxattr": true,
	"rename": true, "renameat": true, "renameat2": true, "unlink": true, "unlinkat": true, "link": true, "linkat": true,
}

// lookOutcome is that of calls that need no more than that the file is there.
func (tr *tracer) lookOutcome(c *nativeCall) int64 {
	flags := 0
	if keepsLink[c.rule.name] || c.rule.name == "newfstatat" && c.args[3]&unix.AT_SYMLINK_NOFOLLOW != 0 {
		flags = unix.AT_SYMLINK_NOFOLLOW
	}
	var st unix.Stat_t
	if err := unix.Fstatat(unix.AT_FDCWD, c.abs, &st, flags); err != nil {
		return verdict(err)
	}
	if strings.HasPrefix(c.rule.name, "readlink") && st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return -int64(unix.EINVAL)
	}
	if c.rule.shape.stat >= 0 {
		c.mode, c.size = st.Mode, st.Size
	}
	return 0
}
