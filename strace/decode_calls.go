package strace

import "strings"

// callTable says, one line a call, what its arguments are, as far as the event
// model wants to know; a call that is not here is recorded by name and result only.
// The order is that of the text, which for strace(1) is the order of the arguments.
//
//	dir     descriptor that the next path is relative to (AT_FDCWD or a directory's)
//	path    path, relative to the task's directory or to the dir before it;
//	        the second one of a call is the new name
//	target  text of a symlink: a path, but not one that this call looks up
//	fd      descriptor of a file; gives Abs where the call has no path
//	oflags prot access at   flags
//	how     struct that holds open flags (openat2)
//	stat    decoded stat or statx
//	sun     socket address, whose sun_path is the path
//	moved   the result is a number of bytes, Size
var callTable = map[string]string{
	"open":              "path oflags _",
	"openat":            "dir path oflags _",
	"openat2":           "dir path how _",
	"creat":             "path _",
	"close":             "fd",
	"access":            "path access",
	"faccessat":         "dir path access",
	"faccessat2":        "dir path access at",
	"stat":              "path stat",
	"lstat":             "path stat",
	"fstat":             "fd stat",
	"newfstatat":        "dir path stat at",
	"statx":             "dir path at _ stat",
	"statfs":            "path _",
	"fstatfs":           "fd _",
	"readlink":          "path _ _",
	"readlinkat":        "dir path _ _",
	"execve":            "path _ _",
	"execveat":          "dir path _ _ at",
	"uselib":            "path",
	"chdir":             "path",
	"fchdir":            "fd",
	"chroot":            "path",
	"getcwd":            "_ _",
	"mkdir":             "path _",
	"mkdirat":           "dir path _",
	"rmdir":             "path",
	"mknod":             "path _ _",
	"mknodat":           "dir path _ _",
	"unlink":            "path",
	"unlinkat":          "dir path at",
	"rename":            "path path",
	"renameat":          "dir path dir path",
	"renameat2":         "dir path dir path _",
	"link":              "path path",
	"linkat":            "dir path dir path at",
	"symlink":           "target path",
	"symlinkat":         "target dir path",
	"chmod":             "path _",
	"fchmod":            "fd _",
	"fchmodat":          "dir path _",
	"fchmodat2":         "dir path _ at",
	"chown":             "path _ _",
	"lchown":            "path _ _",
	"fchown":            "fd _ _",
	"fchownat":          "dir path _ _ at",
	"truncate":          "path _",
	"ftruncate":         "fd _",
	"fallocate":         "fd _ _ _",
	"utime":             "path _",
	"utimes":            "path _",
	"utimensat":         "dir path _ at",
	"futimesat":         "dir path _",
	"getxattr":          "path _ _ _",
	"lgetxattr":         "path _ _ _",
	"fgetxattr":         "fd _ _ _",
	"setxattr":          "path _ _ _ _",
	"lsetxattr":         "path _ _ _ _",
	"listxattr":         "path _ _",
	"llistxattr":        "path _ _",
	"removexattr":       "path _",
	"lremovexattr":      "path _",
	"umount2":           "path _",
	"mount":             "_ path _ _ _",
	"pivot_root":        "path path",
	"swapon":            "path _",
	"swapoff":           "path",
	"acct":              "path",
	"inotify_add_watch": "_ path _",
	"name_to_handle_at": "dir path _ _ at",
	"open_tree":         "dir path _",
	"connect":           "_ sun _",
	"bind":              "_ sun _",
	"read":              "fd _ _ moved",
	"pread64":           "fd _ _ _ moved",
	"readv":             "fd _ _ moved",
	"preadv":            "fd _ _ _ moved",
	"preadv2":           "fd _ _ _ _ moved",
	"write":             "fd _ _ moved",
	"pwrite64":          "fd _ _ _ moved",
	"writev":            "fd _ _ moved",
	"pwritev":           "fd _ _ _ moved",
	"pwritev2":          "fd _ _ _ _ moved",
	"getdents64":        "fd _ _",
	"getdents":          "fd _ _",
	"lseek":             "fd _ _",
	"ioctl":             "fd _ _",
	"flock":             "fd _",
	"fsync":             "fd",
	"fdatasync":         "fd",
	"mmap":              "_ _ prot _ fd _",
	"mprotect":          "_ _ prot",
	"pkey_mprotect":     "_ _ prot _",
	"dup":               "fd",
	"dup2":              "fd _",
	"dup3":              "fd _ _",
	"fcntl":             "fd _ _",
	"clone":             "clone",
	"clone3":            "clone",
	"fork":              "",
	"vfork":             "",
}

// callEffect says what a successful call does to the task's directory and
// descriptors, which later relative paths depend on.
type callEffect uint8

const (
	effectNone callEffect = iota
	effectOpen
	effectClose
	effectDup
	effectFcntl
	effectChdir
	effectFchdir
	effectGetcwd
	effectExec
	effectFork
)

var callEffects = map[string]callEffect{
	"open": effectOpen, "openat": effectOpen, "openat2": effectOpen, "creat": effectOpen, "open_tree": effectOpen,
	"close": effectClose, "dup": effectDup, "dup2": effectDup, "dup3": effectDup, "fcntl": effectFcntl,
	"chdir": effectChdir, "fchdir": effectFchdir, "getcwd": effectGetcwd,
	"execve": effectExec, "execveat": effectExec,
	"clone": effectFork, "clone3": effectFork, "fork": effectFork, "vfork": effectFork,
}

// maxCallArgs is the kernel's: no system call takes more.
const maxCallArgs = 6

// callShape is a line of callTable ready for use. Indices are argument
// positions, -1 where the call has no such argument.
type callShape struct {
	kinds                          []string
	dir, path, dir2, path2, target int8
	fd, stat, sun, flags, how      int8
	moved, clone                   bool
	set                            *flagSet
	effect                         callEffect
}

var flagKinds = map[string]*flagSet{"oflags": &openFlags, "prot": &protFlags, "access": &accessModes}

var callShapes = func() map[string]*callShape {
	m := make(map[string]*callShape, len(callTable))
	for name, line := range callTable {
		m[name] = newCallShape(name, line)
	}
	return m
}()

func newCallShape(name, line string) *callShape {
	s := &callShape{dir: -1, path: -1, dir2: -1, path2: -1, target: -1, fd: -1, stat: -1, sun: -1, flags: -1, how: -1}
	s.effect = callEffects[name]
	pending := int8(-1)
	for i, kind := range strings.Fields(line) {
		n := int8(i)
		switch kind {
		case "dir":
			pending = n
		case "path":
			if s.path < 0 && s.target < 0 {
				s.path, s.dir = n, pending
			} else {
				s.path2, s.dir2 = n, pending
			}
			pending = -1
		case "target":
			s.target = n
		case "fd":
			s.fd = n
		case "stat":
			s.stat = n
		case "sun":
			s.sun = n
		case "how":
			s.how = n
		case "moved":
			s.moved = true
			continue
		case "clone":
			s.clone = true
		}
		if set := flagKinds[kind]; set != nil {
			s.flags, s.set = n, set
		}
		s.kinds = append(s.kinds, kind)
	}
	return s
}
