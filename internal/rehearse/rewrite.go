//go:build linux && amd64

package rehearse

import (
	"encoding/binary"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// rewriter gives the program the guest's paths where it cannot have a root of its
// own. The view lies in a private directory of the host, base; before a call that
// names a path, the tracer resolves that path inside the view and has the kernel
// use the host's path instead. Links are followed here, never by the kernel, so no
// path leads out of the view.
//
// Large files of the host are not copied: an empty file takes their place for those
// who list the directory, and paths that end there lead to the host's file until the
// program first writes to it.
type rewriter struct {
	root    *root
	base    string            // no link in it, and no trailing slash
	hosts   map[string]string // guest path without links → file of the host behind it
	guests  map[string]string // the other way round
	dirs    map[string]string // directories of the host → without links; see realPath
	scratch scratch
}

// limited says what a rehearsal by rewriting cannot show, and what would let it.
func limited() string {
	return "this host permits no root of the program's own, so the tracer rewrote its paths: stat shows owner and permissions of the host's files, and io_uring and addresses of datagrams reach them (" + advice() + ")"
}

const noteFree = "the size of the image's disk was not imitated: that takes a file system of its own"

// rewriteCall is what a call's path arguments are rewritten by.
type rewriteCall struct {
	paths []pathArg
	other answer // for calls that are not about plain path arguments
}

// pathArg is one path among a call's arguments.
type pathArg struct {
	dir   int // argument with the directory that it starts from; -1 for the working directory
	name  int
	links linkRule
	flags int // argument that links and use look at
	use   useRule
}

// linkRule says whether a link in the last component is followed.
type linkRule uint8

const (
	followLinks linkRule = iota
	keepLink
	openLinks      // unless O_NOFOLLOW, or O_CREAT with O_EXCL
	followUnlessAt // unless AT_SYMLINK_NOFOLLOW
	followIfAt     // if AT_SYMLINK_FOLLOW
)

// useRule says what is done to the file.
type useRule uint8

const (
	useRead   useRule = iota
	useOpen           // writes if the flags say so
	useChange         // changes it or gives it another name
	useRemove         // takes the name away or puts another file there
	useAccess         // asks for permissions, which the guest grants to all
)

// rewriteCalls lists the calls with paths that any Nanos version serves.
var rewriteCalls = map[string]rewriteCall{
	"open":              {paths: []pathArg{{-1, 0, openLinks, 1, useOpen}}},
	"openat":            {paths: []pathArg{{0, 1, openLinks, 2, useOpen}}},
	"creat":             {paths: []pathArg{{-1, 0, followLinks, 0, useChange}}},
	"stat":              {paths: []pathArg{{-1, 0, followLinks, 0, useRead}}},
	"lstat":             {paths: []pathArg{{-1, 0, keepLink, 0, useRead}}},
	"newfstatat":        {paths: []pathArg{{0, 1, followUnlessAt, 3, useRead}}},
	"statx":             {paths: []pathArg{{0, 1, followUnlessAt, 2, useRead}}},
	"statfs":            {paths: []pathArg{{-1, 0, followLinks, 0, useRead}}},
	"access":            {paths: []pathArg{{-1, 0, followLinks, 0, useAccess}}},
	"faccessat":         {paths: []pathArg{{0, 1, followLinks, 0, useAccess}}},
	"readlink":          {paths: []pathArg{{-1, 0, keepLink, 0, useRead}}},
	"readlinkat":        {paths: []pathArg{{0, 1, keepLink, 0, useRead}}},
	"chdir":             {paths: []pathArg{{-1, 0, followLinks, 0, useRead}}},
	"mkdir":             {paths: []pathArg{{-1, 0, keepLink, 0, useRead}}},
	"mkdirat":           {paths: []pathArg{{0, 1, keepLink, 0, useRead}}},
	"rmdir":             {paths: []pathArg{{-1, 0, keepLink, 0, useRemove}}},
	"unlink":            {paths: []pathArg{{-1, 0, keepLink, 0, useRemove}}},
	"unlinkat":          {paths: []pathArg{{0, 1, keepLink, 0, useRemove}}},
	"rename":            {paths: []pathArg{{-1, 0, keepLink, 0, useChange}, {-1, 1, keepLink, 0, useRemove}}},
	"renameat":          {paths: []pathArg{{0, 1, keepLink, 0, useChange}, {2, 3, keepLink, 0, useRemove}}},
	"renameat2":         {paths: []pathArg{{0, 1, keepLink, 0, useChange}, {2, 3, keepLink, 0, useChange}}}, // may exchange
	"link":              {paths: []pathArg{{-1, 0, keepLink, 0, useChange}, {-1, 1, keepLink, 0, useRead}}},
	"linkat":            {paths: []pathArg{{0, 1, followIfAt, 4, useChange}, {2, 3, keepLink, 0, useRead}}},
	"symlink":           {paths: []pathArg{{-1, 1, keepLink, 0, useRead}}},
	"symlinkat":         {paths: []pathArg{{1, 2, keepLink, 0, useRead}}},
	"truncate":          {paths: []pathArg{{-1, 0, followLinks, 0, useChange}}},
	"utime":             {paths: []pathArg{{-1, 0, followLinks, 0, useChange}}},
	"utimes":            {paths: []pathArg{{-1, 0, followLinks, 0, useChange}}},
	"utimensat":         {paths: []pathArg{{0, 1, followUnlessAt, 3, useChange}}},
	"getxattr":          {paths: []pathArg{{-1, 0, followLinks, 0, useRead}}},
	"lgetxattr":         {paths: []pathArg{{-1, 0, keepLink, 0, useRead}}},
	"setxattr":          {paths: []pathArg{{-1, 0, followLinks, 0, useChange}}},
	"inotify_add_watch": {paths: []pathArg{{-1, 1, followLinks, 0, useRead}}},
	"getcwd":            {other: rewriteGetcwd},
	"bind":              {other: rewriteAddress},
	"connect":           {other: rewriteAddress},
}

// rewrite changes the paths of a call that Linux is about to do.
func (k *kernel) rewrite(c *strace.Call) (int64, bool) {
	rule := rewriteCalls[c.Name]
	if rule.other != nil {
		return rule.other(k, c)
	}
	w := k.rw
	var b []byte
	at := make([]int, len(rule.paths)) // offsets of the new paths in b; -1 for none
	for i, a := range rule.paths {
		at[i] = -1
		p, err := c.ReadString(c.Args[a.name])
		if err != nil || p == "" {
			continue // EFAULT, ENOENT, or about the descriptor itself
		}
		if !path.IsAbs(p) {
			dir, known := w.directory(c, a.dir)
			if !known {
				continue // EBADF, or ENOTDIR
			}
			if dir == "" {
				return errno(unix.ENOENT)
			}
			p = dir + "/" + p
		}
		flags := uint64(0)
		if a.flags > 0 {
			flags = c.Args[a.flags]
		}
		guest, err := w.resolve(p, a.links.follow(flags))
		if err != nil {
			return errno(unix.ELOOP)
		}
		host := w.use(guest, a.use, flags)
		if len(host) >= unix.PathMax {
			return errno(unix.ENAMETOOLONG)
		}
		at[i] = len(b)
		b = append(append(b, host...), 0)
	}
	if len(b) == 0 {
		return 0, false
	}
	addr, ok := w.scratch.put(k.mem, c.TID, b)
	if !ok {
		return errno(unix.ENOMEM)
	}
	setArgs(c, func(args *[6]uint64) {
		for i, a := range rule.paths {
			if at[i] >= 0 {
				args[a.name] = addr + uint64(at[i])
			}
		}
	})
	return 0, false
}

func (l linkRule) follow(flags uint64) bool {
	switch l {
	case keepLink:
		return false
	case openLinks:
		return flags&unix.O_NOFOLLOW == 0 && flags&(unix.O_CREAT|unix.O_EXCL) != unix.O_CREAT|unix.O_EXCL
	case followUnlessAt:
		return flags&unix.AT_SYMLINK_NOFOLLOW == 0
	case followIfAt:
		return flags&unix.AT_SYMLINK_FOLLOW != 0
	}
	return true
}

// directory returns the guest path of what a relative path starts from: "" where that
// is outside the view or gone, known false where it is no descriptor.
func (w *rewriter) directory(c *strace.Call, arg int) (guest string, known bool) {
	name := "cwd"
	if arg >= 0 && int32(c.Args[arg]) != unix.AT_FDCWD {
		name = "fd/" + strconv.Itoa(int(int32(c.Args[arg])))
	}
	at, err := w.root.procLink(c.TID, name)
	if err != nil {
		return "", false
	}
	guest, _ = w.inside(at)
	return guest, true
}

// inside turns a path of the host into the guest's.
func (w *rewriter) inside(host string) (guest string, ok bool) {
	if host == w.base {
		return "/", true
	}
	if rest, ok := strings.CutPrefix(host, w.base+"/"); ok {
		return "/" + rest, true
	}
	guest, ok = w.guests[host]
	return guest, ok
}

// name is inside for paths that are shown: those of the host stay.
func (w *rewriter) name(host string) string {
	if guest, ok := w.inside(host); ok {
		return guest
	}
	return host
}

// rewriteGetcwd answers in the kernel's place.
func rewriteGetcwd(k *kernel, c *strace.Call) (int64, bool) {
	at, err := k.files.procLink(c.TID, "cwd")
	if err != nil {
		return 0, false
	}
	guest, ok := k.rw.inside(at)
	if !ok || strings.HasSuffix(at, " (deleted)") {
		return errno(unix.ENOENT)
	}
	if uint64(len(guest)) >= c.Args[1] {
		return errno(unix.ERANGE)
	}
	if ret, _ := k.put(c.TID, c.Args[0], append([]byte(guest), 0)); ret < 0 {
		return ret, true
	}
	return int64(len(guest)) + 1, true
}

// sunPath is where struct sockaddr_un has its path, and sunSize its size (bytes).
const (
	sunPath = 2
	sunSize = 110
)

// rewriteAddress rewrites the path in the address of a UNIX socket.
func rewriteAddress(k *kernel, c *strace.Call) (int64, bool) {
	n := c.Args[2]
	if n <= sunPath || n > sunSize {
		return 0, false
	}
	b := make([]byte, n)
	if k.mem.read(c.TID, c.Args[1], b) != nil || binary.LittleEndian.Uint16(b) != unix.AF_UNIX || b[sunPath] == 0 {
		return 0, false
	}
	p, _, _ := strings.Cut(string(b[sunPath:]), "\x00")
	if !path.IsAbs(p) {
		dir, _ := k.rw.directory(c, -1)
		if dir == "" {
			return errno(unix.ENOENT)
		}
		p = dir + "/" + p
	}
	guest, err := k.rw.resolve(p, c.Name == "connect")
	if err != nil {
		return errno(unix.ELOOP)
	}
	b = append(append(b[:sunPath], k.rw.base+guest...), 0)
	if len(b) > sunSize {
		k.files.note("the path of the socket " + p + " was too long for this host once rewritten")
		return errno(unix.ENAMETOOLONG)
	}
	addr, ok := k.rw.scratch.put(k.mem, c.TID, b)
	if !ok {
		return errno(unix.ENOMEM)
	}
	setArgs(c, func(args *[6]uint64) { args[1], args[2] = addr, uint64(len(b)) })
	return 0, false
}

// setArgs changes arguments of a call, for the kernel alone.
func setArgs(c *strace.Call, change func(args *[6]uint64)) {
	changeArgs(c, func(r *unix.PtraceRegs) {
		args := [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}
		change(&args)
		r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9 = args[0], args[1], args[2], args[3], args[4], args[5]
	})
}
