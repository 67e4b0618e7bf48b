package diagnose

import (
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
)

// purpose says what a call wants with its path.
type purpose uint8

const (
	wantsNothing purpose = iota // no path, or one that does not matter here
	wantsOpen                   // to open an existing file
	wantsList                   // to open a directory
	wantsLook                   // to stat, access or read a link: the file is not opened
	wantsMake                   // to create something in an existing directory
	wantsExec
)

// purposes of the calls that take a path. open and openat depend on their flags.
var purposes = map[string]purpose{
	"open": wantsOpen, "openat": wantsOpen, "openat2": wantsOpen, "creat": wantsMake,
	"stat": wantsLook, "lstat": wantsLook, "newfstatat": wantsLook, "fstatat64": wantsLook, "statx": wantsLook,
	"access": wantsLook, "faccessat": wantsLook, "faccessat2": wantsLook,
	"readlink": wantsLook, "readlinkat": wantsLook, "chdir": wantsLook, "statfs": wantsLook,
	"getxattr": wantsLook, "lgetxattr": wantsLook, "inotify_add_watch": wantsLook, "truncate": wantsOpen,
	"mkdir": wantsMake, "mkdirat": wantsMake, "mknod": wantsMake, "mknodat": wantsMake,
	"symlink": wantsMake, "symlinkat": wantsMake,
	"execve": wantsExec, "execveat": wantsExec,
}

// Flags of open(2) on x86-64, as both logs carry them.
const (
	oCreat     = 0x40
	oDirectory = 0x10000
)

// wants returns what an event's call wants with its path.
func wants(e *strace.Event) purpose {
	if e.Kind != strace.KindCall || e.Path == "" {
		return wantsNothing
	}
	p := purposes[e.Name]
	if p == wantsOpen {
		switch {
		case e.Flags&oCreat != 0:
			return wantsMake
		case e.Flags&oDirectory != 0:
			return wantsList
		}
	}
	return p
}

// missing reports whether the call failed because something on its path is absent.
func missing(e *strace.Event) bool {
	return e.Failed() && (e.Err == syscall.ENOENT || e.Err == syscall.ENOTDIR)
}

// libraryName is the shape of a shared library's file name: libx.so, libx.so.1,
// libx-2.31.so, _ctypes.cpython-311-x86_64-linux-gnu.so.
var libraryName = lazyregexp.New(`^[\w.+@-]+\.so(\.[\w.+-]*)?$`)

// isLibrary leaves out the loader's own files, ld.so.cache and ld.so.preload.
func isLibrary(p string) bool {
	base := path.Base(p)
	return libraryName.MatchString(base) && !strings.HasPrefix(base, "ld.so.")
}

// pathKey is the form in which paths of both runs are compared.
func pathKey(p string) string {
	if p == "" {
		return ""
	}
	return path.Clean(p)
}

// onDescriptor reports whether the call's first argument is the descriptor fd, for
// sources that print arguments: `newfstatat(1, "", …)`, `read(3, 0x…, 832)`.
func onDescriptor(e *strace.Event, fd string) bool {
	first, _, _ := strings.Cut(e.Args, ",")
	return strings.TrimSpace(first) == fd
}

// descriptorIs is onDescriptor for a number.
func descriptorIs(e *strace.Event, fd int64) bool { return onDescriptor(e, strconv.FormatInt(fd, 10)) }
