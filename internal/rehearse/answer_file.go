//go:build linux && amd64

package rehearse

import (
	"encoding/binary"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// Requests of ioctl(2) (asm-generic/ioctls.h) that x/sys/unix does not name.
const (
	fionbio  = 0x5421
	fionread = 0x541b
	fionclex = 0x5450
	fioclex  = 0x5451
)

// socketIoctls are what Nanos serves on a socket. On anything else only FIONBIO does
// something.
var socketIoctls = []uint64{
	fionread, unix.SIOCGIFNAME, unix.SIOCGIFCONF, unix.SIOCGIFFLAGS, unix.SIOCSIFFLAGS, unix.SIOCGIFADDR, unix.SIOCSIFADDR,
	unix.SIOCGIFNETMASK, unix.SIOCSIFNETMASK, unix.SIOCGIFMTU, unix.SIOCSIFMTU, unix.SIOCGIFHWADDR, unix.SIOCGIFINDEX,
}

// answerIoctl refuses what makes isatty true: no descriptor is a terminal.
func answerIoctl(k *kernel, c *strace.Call) (int64, bool) {
	request := c.Args[1]
	kind, open := k.descriptor(c.TID, c.Args[0])
	switch {
	case !open || request == fionbio:
		return 0, false
	case request == fioclex || request == fionclex:
		return 0, true // nothing can be executed, so the flag means nothing
	case strings.HasPrefix(kind, "socket:") && slices.Contains(socketIoctls, request):
		return 0, false
	}
	return errno(unix.ENOSYS)
}

// descriptor returns what a descriptor is open on, as procfs shows it.
func (k *kernel) descriptor(tid int, fd uint64) (target string, open bool) {
	if k.files == nil {
		return "", true
	}
	target, err := k.files.procLink(tid, "fd/"+strconv.Itoa(int(int32(fd))))
	return target, err == nil
}

// fcntls that work as on Linux.
var fcntls = []uint64{
	unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_SETPIPE_SZ, unix.F_GETPIPE_SZ,
}

// answerFcntl: record locks always succeed and lock nothing; what the kernel does
// not know is ENOSYS, not EINVAL.
func answerFcntl(k *kernel, c *strace.Call) (int64, bool) {
	cmd := c.Args[1]
	if slices.Contains(fcntls, cmd) {
		return 0, false
	}
	if _, open := k.descriptor(c.TID, c.Args[0]); !open {
		return 0, false // EBADF
	}
	switch cmd {
	case unix.F_GETLK:
		if c.Args[2] == 0 {
			return 0, true
		}
		return k.put(c.TID, c.Args[2], []byte{unix.F_UNLCK, 0}) // l_type
	case unix.F_SETLK, unix.F_SETLKW:
		return 0, true
	case unix.F_ADD_SEALS, unix.F_GET_SEALS:
		if k.since("0.1.53") {
			return 0, false
		}
	}
	return errno(unix.ENOSYS)
}

// answerVector: since 6be7e380 of March 2026, vectored i/o on a pipe passes over the
// first buffer. The console suffers too, but what the program says there is kept
// whole, for the sake of whoever reads it.
func answerVector(k *kernel, c *strace.Call) (int64, bool) {
	const iovecSize = 16
	if !k.since("0.1.55") || int32(c.Args[2]) <= 0 {
		return 0, false
	}
	if kind, _ := k.descriptor(c.TID, c.Args[0]); !strings.HasPrefix(kind, "pipe:") || k.console(c, c.Args[0]) {
		return 0, false
	}
	k.detail = k.vectorDetail(c)
	if c.Args[2] == 1 {
		return 0, true
	}
	changeArgs(c, func(r *unix.PtraceRegs) {
		r.Rsi += iovecSize
		r.Rdx--
	})
	return 0, false
}

// maxVector bounds the buffers of one call (IOV_MAX).
const maxVector = 1024

// vectorDetail describes such a call as a trace of Nanos does, and what it will
// return: a pipe takes what is left of a small write whole.
//
//	4, [{iov_base=0x00000000004a601e, iov_len=4}, {iov_base=0x00000000004a6023, iov_len=4}], 2
func (k *kernel) vectorDetail(c *strace.Call) detail {
	n := min(c.Args[2], maxVector)
	b := make([]byte, 16*n)
	if k.mem.read(c.TID, c.Args[1], b) != nil {
		return detail{}
	}
	d := detail{tid: c.TID, name: c.Name, done: true}
	var list []string
	for i := range int(n) {
		base, size := binary.LittleEndian.Uint64(b[16*i:]), binary.LittleEndian.Uint64(b[16*i+8:])
		list = append(list, fmt.Sprintf("{iov_base=0x%016x, iov_len=%d}", base, size))
		if i > 0 {
			d.ret += int64(size)
		}
	}
	d.args = fmt.Sprintf("%d, [%s], %d", int32(c.Args[0]), strings.Join(list, ", "), c.Args[2])
	return d
}

// openAt watches an open: dirfd, path and flags are argument numbers, dirfd -1 when
// the call has none. A file of the host becomes a copy before the program may write
// to it, and /proc/self/maps is written afresh.
func openAt(dirfd, name, flags int) answer {
	return func(k *kernel, c *strace.Call) (int64, bool) {
		if k.files == nil {
			return 0, false
		}
		p, err := c.ReadString(c.Args[name])
		if err != nil {
			return 0, false
		}
		if strings.HasSuffix(p, "maps") && k.absolute(c, dirfd, p) == mapsPath {
			k.files.writeMaps(c.TID)
		}
		if c.Args[flags]&(unix.O_WRONLY|unix.O_RDWR|unix.O_TRUNC) != 0 {
			k.own(c, dirfd, p)
		}
		return 0, false
	}
}

// writeAt watches a call that changes the file or its name.
func writeAt(dirfd, name int) answer {
	return func(k *kernel, c *strace.Call) (int64, bool) {
		if k.files == nil {
			return 0, false
		}
		if p, err := c.ReadString(c.Args[name]); err == nil {
			k.own(c, dirfd, p)
		}
		return 0, false
	}
}

// accessAt grants every permission on files that are still the host's, as Nanos does
// on all files. On the others Linux does.
func accessAt(dirfd, name int) answer {
	return func(k *kernel, c *strace.Call) (int64, bool) {
		if k.files == nil || k.rw != nil {
			return 0, false
		}
		p, err := c.ReadString(c.Args[name])
		if err != nil || p == "" {
			return 0, false
		}
		_, bound := k.files.boundPath(k.absolute(c, dirfd, p))
		return 0, bound
	}
}

func both(a, b answer) answer {
	return func(k *kernel, c *strace.Call) (int64, bool) {
		a(k, c)
		return b(k, c)
	}
}

func (k *kernel) own(c *strace.Call, dirfd int, p string) {
	if k.rw != nil {
		return // rewrite sees to it
	}
	if p, ok := k.files.boundPath(k.absolute(c, dirfd, p)); ok {
		if err := k.files.ownCopy(p); err != nil {
			k.files.note(fmt.Sprintf("the program could not write to %s: %v", p, err))
		}
	}
}

// absolute makes a path of the program absolute; "" when its directory is unknown.
func (k *kernel) absolute(c *strace.Call, dirfd int, p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	dir := "cwd"
	if dirfd >= 0 && int32(c.Args[dirfd]) != unix.AT_FDCWD {
		dir = "fd/" + strconv.Itoa(int(int32(c.Args[dirfd])))
	}
	at, err := k.files.procLink(c.TID, dir)
	if err != nil {
		return ""
	}
	if k.rw != nil {
		at = k.rw.name(at)
	}
	return path.Join(at, p)
}

const mapsPath = "/proc/self/maps"

// writeMaps writes the program's mappings as Nanos shows them.
func (r *root) writeMaps(tid int) {
	b, err := r.procFile(tid, "maps")
	if err == nil {
		_ = os.WriteFile(r.base+mapsPath, guestMaps(b), modeAll)
	}
}

// guestMaps rewrites Linux's /proc/PID/maps
//
//	7ffd1000-7ffd2000 rw-p 00000000 00:00 0    [stack]
//	55e0a000-55e0b000 r-xp 00001000 fe:00 1234 /usr/bin/prog
//
// as Nanos prints it: no file names, offsets or devices, and everything readable.
func guestMaps(linux []byte) []byte {
	var out []byte
	for line := range strings.Lines(string(linux)) {
		f := strings.Fields(line)
		if len(f) < 5 || len(f[1]) < 3 {
			continue
		}
		from, to, ok := strings.Cut(f[0], "-")
		a, err1 := strconv.ParseUint(from, 16, 64)
		b, err2 := strconv.ParseUint(to, 16, 64)
		if !ok || err1 != nil || err2 != nil || int64(a) < 0 { // the vsyscall page
			continue
		}
		out = fmt.Appendf(out, "%016x-%016x r%sp 00000000 00:00 0", a, b, f[1][1:3])
		if len(f) > 5 && (f[5] == "[stack]" || f[5] == "[heap]") {
			out = append(out, "\t"+f[5]...)
		}
		out = append(out, '\n')
	}
	return out
}
