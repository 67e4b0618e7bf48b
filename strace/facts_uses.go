package strace

// callUse is what a successful call says of its path.
type callUse struct {
	mode    FileMode
	byFD    bool     // the path is that of a descriptor: no new use of the name
	creates bool     // the path did not exist before
	second  FileMode // of the second path, which then is new
}

// callUses lists the calls that use a file; one that removes a name or only
// changes attributes of a descriptor says nothing of what a run needs.
var callUses = map[string]callUse{
	"open": {}, "openat": {}, "openat2": {}, "creat": {}, "open_tree": {},
	"access": {mode: ModeStat}, "faccessat": {mode: ModeStat}, "faccessat2": {mode: ModeStat},
	"stat": {mode: ModeStat}, "lstat": {mode: ModeStat}, "newfstatat": {mode: ModeStat}, "statx": {mode: ModeStat},
	"statfs": {mode: ModeStat}, "fstat": {byFD: true},
	"getxattr": {mode: ModeStat}, "lgetxattr": {mode: ModeStat}, "listxattr": {mode: ModeStat}, "llistxattr": {mode: ModeStat},
	"name_to_handle_at": {mode: ModeStat}, "inotify_add_watch": {mode: ModeStat}, "connect": {mode: ModeStat},
	"readlink": {mode: ModeLink}, "readlinkat": {mode: ModeLink},
	"execve": {mode: ModeExec}, "execveat": {mode: ModeExec}, "uselib": {mode: ModeRead},
	"chdir": {mode: ModeDir | ModeStat}, "chroot": {mode: ModeDir | ModeStat}, "fchdir": {byFD: true},
	"getdents64": {mode: ModeDir | ModeListed, byFD: true}, "getdents": {mode: ModeDir | ModeListed, byFD: true},
	"read": {mode: ModeRead, byFD: true}, "pread64": {mode: ModeRead, byFD: true}, "readv": {mode: ModeRead, byFD: true},
	"preadv": {mode: ModeRead, byFD: true}, "preadv2": {mode: ModeRead, byFD: true},
	"write": {mode: ModeWrite, byFD: true}, "pwrite64": {mode: ModeWrite, byFD: true}, "writev": {mode: ModeWrite, byFD: true},
	"pwritev": {mode: ModeWrite, byFD: true}, "pwritev2": {mode: ModeWrite, byFD: true},
	"mmap":     {byFD: true},
	"truncate": {mode: ModeWrite}, "utime": {mode: ModeWrite}, "utimes": {mode: ModeWrite}, "utimensat": {mode: ModeWrite},
	"chmod": {mode: ModeWrite}, "fchmodat": {mode: ModeWrite}, "chown": {mode: ModeWrite}, "lchown": {mode: ModeWrite}, "fchownat": {mode: ModeWrite},
	"setxattr": {mode: ModeWrite}, "lsetxattr": {mode: ModeWrite},
	"mkdir": {mode: ModeDir, creates: true}, "mkdirat": {mode: ModeDir, creates: true},
	"mknod": {mode: ModeWrite, creates: true}, "mknodat": {mode: ModeWrite, creates: true}, "bind": {mode: ModeWrite, creates: true},
	"rename": {mode: ModeRead, second: ModeWrite}, "renameat": {mode: ModeRead, second: ModeWrite}, "renameat2": {mode: ModeRead, second: ModeWrite},
	"link": {mode: ModeRead, second: ModeWrite}, "linkat": {mode: ModeRead, second: ModeWrite},
	"symlink": {second: ModeWrite}, "symlinkat": {second: ModeWrite},
}
