package tracelog

import (
	"bytes"
	"strconv"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// argShape says where in the argument text of a call its paths and flags stand.
// Argument numbers count from 0; none is -1.
type argShape struct {
	dirfd  int8 // descriptor that a relative path starts from
	path   int8
	dirfd2 int8
	path2  int8
	flags  int8 // hex number, or PROT_ names
	stat   bool // prints st_mode and st_size on success
	moves  bool // result is a number of bytes
}

const none = -1

func pathAt(path, flags int8) argShape {
	return argShape{dirfd: none, path: path, dirfd2: none, path2: none, flags: flags}
}

func pathFrom(dirfd, path, flags int8) argShape {
	return argShape{dirfd: dirfd, path: path, dirfd2: none, path2: none, flags: flags}
}

// argShapes are the calls whose arguments strace_file.c and strace_mem.c print and an
// Event has a field for. All others print empty parentheses or numbers.
var argShapes = map[string]argShape{
	"open":              pathAt(0, 1),                           // open("/x", 0x0, 0x0)
	"creat":             pathAt(0, none),                        // creat("/x", 0x1a4)
	"openat":            pathFrom(0, 1, 2),                      // openat(-100, "/x", 0x80000, 0x0)
	"access":            pathAt(0, 1),                           // access("/etc/ld.so.preload", 0x4)
	"faccessat":         pathFrom(0, 1, 2),                      // faccessat(-100, "/x", 0x4)
	"stat":              statAt(0, none),                        // stat("/x", [{st_ino=0x3, st_mode=0x81ff, st_size=3}])
	"lstat":             statAt(0, none),                        //
	"fstat":             statAt(none, none),                     // fstat(3, [{…}])
	"newfstatat":        statFrom(0, 1),                         // newfstatat(-100, "/x", 0x00000000ffdd1ed0, 0)
	"statx":             statFrom(0, 1),                         // statx(-100, "/x", 0x0, STATX_BASIC_STATS, [{stx_mask=…}])
	"chdir":             pathAt(0, none),                        // chdir("/x")
	"mkdir":             pathAt(0, none),                        // mkdir("/x", 0x1ed)
	"mkdirat":           pathFrom(0, 1, none),                   //
	"rmdir":             pathAt(0, none),                        //
	"unlink":            pathAt(0, none),                        //
	"unlinkat":          pathFrom(0, 1, 2),                      // unlinkat(-100, "/x", 0x200)
	"readlink":          pathAt(0, none),                        // readlink("/x", 0x0000000000001000, 4096)
	"readlinkat":        pathFrom(0, 1, none),                   //
	"truncate":          pathAt(0, none),                        //
	"statfs":            pathAt(0, none),                        //
	"utime":             pathAt(0, none),                        //
	"utimes":            pathAt(0, none),                        //
	"utimensat":         pathFrom(0, 1, none),                   //
	"inotify_add_watch": pathAt(1, none),                        // inotify_add_watch(3, "/x", 0x2)
	"unveil":            pathAt(0, none),                        //
	"rename":            {none, 0, none, 1, none, false, false}, // rename("/a", "/b")
	"renameat":          {0, 1, 2, 3, none, false, false},       // renameat(-100, "/a", -100, "/b")
	"renameat2":         {0, 1, 2, 3, none, false, false},       //
	"symlink":           {none, 0, none, 1, none, false, false}, // symlink("target", "/link")
	"symlinkat":         {none, 0, 1, 2, none, false, false},    // symlinkat("target", -100, "/link")
	"mmap":              pathAt(none, 2),                        // mmap(0x…, 8192, PROT_READ|PROT_EXEC, MAP_PRIVATE, 3, 0)
	"mprotect":          pathAt(none, 2),                        // mprotect(0x…, 16384, 0x1)
	"clone":             pathAt(none, 0),                        // clone(0x1200011, 0x…, …)
	"read":              bytesMoved, "write": bytesMoved, "pread64": bytesMoved, "pwrite64": bytesMoved,
	"readv": bytesMoved, "writev": bytesMoved, "preadv": bytesMoved, "pwritev": bytesMoved,
	"sendfile": bytesMoved,
}

var bytesMoved = argShape{dirfd: none, path: none, dirfd2: none, path2: none, flags: none, moves: true}

func statAt(path, flags int8) argShape {
	s := pathAt(path, flags)
	s.stat = true
	return s
}

func statFrom(dirfd, path int8) argShape {
	s := pathFrom(dirfd, path, none)
	s.stat = true
	return s
}

// Decode fills e from a call in the new format, without what only other lines tell: Abs
// and the result of an unfinished call. Slices are copied; e keeps nothing of c.
func (c *Call) Decode(e *strace.Event) {
	e.Kind = strace.KindCall
	e.Name = callName(c.Name)
	if isDigits(c.Thread) {
		e.TID, _ = strconv.Atoi(string(c.Thread))
	} else {
		e.Thread = string(c.Thread)
	}
	e.Args = string(c.Args)
	shape, ok := argShapes[e.Name]
	if ok {
		decodeArgs(e, shape)
	}
	if c.Ret == nil {
		e.State = strace.Unfinished
		return
	}
	c.decodeRet(e, shape)
}

// decodeRet fills in the result.
func (c *Call) decodeRet(e *strace.Event, shape argShape) {
	e.State = strace.Done
	e.Ret, e.Err = parseRet(c.Ret)
	if e.Err == 0 && shape.moves {
		e.Size = e.Ret
	}
	if e.Err == 0 && shape.stat {
		e.Mode, e.Size = parseStat(c.Args)
	}
}

func callName(b []byte) string {
	if n := names.lookup(b); n != "" {
		return n
	}
	return string(b)
}

func decodeArgs(e *strace.Event, s argShape) {
	a := e.Args
	if s.path != none {
		if s.path2 != none {
			e.Path, e.Path2 = twoStrings(a)
		} else {
			e.Path = oneString(a)
		}
	}
	switch {
	case e.Name == "creat":
		e.Flags = 0x241 // O_CREAT|O_WRONLY|O_TRUNC
	case s.flags == none:
	case s.path != none:
		// behind the path: its text may hold commas
		if i := strings.LastIndexByte(a, '"'); i >= 0 {
			e.Flags = number(argument(a[i+1:], int(s.flags-s.path)))
		}
	default:
		e.Flags = number(argument(a, int(s.flags)))
	}
}

// oneString returns the only string among the arguments. Nothing in it is escaped, but
// nothing behind it holds a quote: it reaches to the last one.
func oneString(a string) string {
	i := strings.IndexByte(a, '"')
	j := strings.LastIndexByte(a, '"')
	if i < 0 || j <= i {
		return "" // NULL, or a pointer that the kernel could not read
	}
	return a[i+1 : j]
}

// twoStrings returns both strings of rename and symlink calls, which stand next to each
// other or with a descriptor between them.
func twoStrings(a string) (string, string) {
	i := strings.IndexByte(a, '"')
	if i < 0 {
		return "", ""
	}
	for j := i + 1; ; {
		k := strings.Index(a[j:], `", `)
		if k < 0 {
			return oneString(a), ""
		}
		j += k
		next := j + len(`", `)
		for next < len(a) && (a[next] == '-' || '0' <= a[next] && a[next] <= '9') {
			next++
		}
		rest := strings.TrimPrefix(a[next:], ", ")
		if strings.HasPrefix(rest, `"`) {
			if e := strings.LastIndexByte(rest, '"'); e > 0 {
				return a[i+1 : j], rest[1:e]
			}
		}
		j++
	}
}

// argument returns the n-th argument of a text without strings.
func argument(a string, n int) string {
	for ; n > 0; n-- {
		_, rest, ok := strings.Cut(a, ", ")
		if !ok {
			return ""
		}
		a = rest
	}
	a, _, _ = strings.Cut(a, ", ")
	return strings.TrimPrefix(a, ", ")
}

// prots are the names in which mmap prints its protection.
var prots = map[string]uint64{"PROT_NONE": 0, "PROT_READ": 1, "PROT_WRITE": 2, "PROT_EXEC": 4}

// number reads 0x80000, 832, or PROT_READ|PROT_EXEC.
func number(s string) uint64 {
	if strings.HasPrefix(s, "PROT_") {
		var n uint64
		for _, p := range strings.Split(s, "|") {
			n |= prots[p]
		}
		return n
	}
	n, _ := strconv.ParseUint(s, 0, 64)
	return n
}

// parseRet reads a result: 3, 0x4e0e950000, -ENOENT, -2.
func parseRet(b []byte) (int64, syscall.Errno) {
	if len(b) > 1 && b[0] == '-' {
		if e, ok := errnos[string(b[1:])]; ok {
			return 0, e
		}
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil {
			return 0, syscall.Errno(maxErrno) // a name that no Linux has
		}
		if n >= -maxErrno {
			return 0, syscall.Errno(-n)
		}
		return n, 0
	}
	if len(b) > 2 && b[1] == 'x' {
		n, _ := strconv.ParseUint(string(b[2:]), 16, 64)
		return int64(n), 0
	}
	n, _ := strconv.ParseInt(string(b), 10, 64)
	return n, 0
}

// maxErrno is the largest error that a system call returns (MAX_ERRNO of Linux).
const maxErrno = 4095

// parseStat reads [{st_ino=0x0, st_mode=0x21ff, st_size=0}], and the stx_ fields of statx.
func parseStat(args []byte) (mode uint32, size int64) {
	m, _ := strconv.ParseUint(field(args, "_mode="), 0, 32)
	size, _ = strconv.ParseInt(field(args, "_size="), 0, 64)
	return uint32(m), size
}

func field(b []byte, key string) string {
	i := bytes.LastIndexByte(b, '[') // behind the path
	if i < 0 {
		return ""
	}
	b = b[i:]
	if i = bytes.Index(b, []byte(key)); i < 0 {
		return ""
	}
	b = b[i+len(key):]
	if e := bytes.IndexAny(b, ",}"); e >= 0 {
		b = b[:e]
	}
	return string(b)
}
