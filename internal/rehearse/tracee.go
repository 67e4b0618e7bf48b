//go:build linux && amd64

package rehearse

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// memory reads and writes the traced program's memory.
type memory interface {
	read(tid int, addr uint64, b []byte) error
	write(tid int, addr uint64, b []byte) error
}

// liveMemory is the memory of a running task. Both calls stop at the end of a
// mapping, as the kernel's own copies to and from user space do.
type liveMemory struct{}

func (liveMemory) read(tid int, addr uint64, b []byte) error {
	n, err := unix.ProcessVMReadv(tid, iovec(b), remote(addr, len(b)), 0)
	return whole(n, len(b), err)
}

func (liveMemory) write(tid int, addr uint64, b []byte) error {
	n, err := unix.ProcessVMWritev(tid, iovec(b), remote(addr, len(b)), 0)
	return whole(n, len(b), err)
}

func iovec(b []byte) []unix.Iovec {
	v := unix.Iovec{Base: &b[0]}
	v.SetLen(len(b))
	return []unix.Iovec{v}
}

func remote(addr uint64, n int) []unix.RemoteIovec {
	return []unix.RemoteIovec{{Base: uintptr(addr), Len: n}}
}

func whole(n, want int, err error) error {
	if err == nil && n != want {
		return unix.EFAULT
	}
	return err
}

// changeArgs changes what Linux is asked to do. The program is stopped before the
// call, and answers are given on its tracer's thread, so its registers are at hand.
func changeArgs(c *strace.Call, change func(*unix.PtraceRegs)) {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(c.TID, &regs) == nil {
		change(&regs)
		c.Restore = unix.PtraceSetRegs(c.TID, &regs) == nil
	}
}

// put writes b for a call that returns through a pointer, and says EFAULT where
// the program gave a bad one.
func (k *kernel) put(tid int, addr uint64, b []byte) (int64, bool) {
	if k.mem.write(tid, addr, b) != nil {
		return errno(unix.EFAULT)
	}
	return 0, true
}

// word reads one 64-bit field.
func (k *kernel) word(tid int, addr uint64) (uint64, error) {
	var b [8]byte
	err := k.mem.read(tid, addr, b[:])
	return binary.LittleEndian.Uint64(b[:]), err
}

// procFile reads a small file of the program's directory in procfs, which no path
// leads to.
func (r *root) procFile(tid int, name string) ([]byte, error) {
	fd, err := unix.Openat(int(r.proc.Fd()), strconv.Itoa(tid)+"/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	var b []byte
	buf := make([]byte, 32<<10) // seq files return at most a page or so per read
	for {
		n, err := f.Read(buf)
		b = append(b, buf[:n]...)
		if n == 0 || err != nil {
			return b, nil
		}
	}
}

// procLink reads a link of the program's directory: "cwd", "fd/3".
func (r *root) procLink(tid int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(r.proc.Fd()), strconv.Itoa(tid)+"/"+name, buf)
	return string(buf[:max(n, 0)]), err
}

// startStack is the address of argc as the program found it.
func (r *root) startStack(tid int) (uint64, error) { return r.statField(tid, 28) }

// statField reads one of the numbers of /proc/PID/stat, counted as in proc(5).
func (r *root) statField(tid, n int) (uint64, error) {
	b, err := r.procFile(tid, "stat")
	if err != nil {
		return 0, err
	}
	// The command name, field 2, may hold spaces and parentheses; fields count from 3 after it.
	s := string(b)
	fields := strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
	if len(fields) <= n-3 {
		return 0, fmt.Errorf("read field %d of stat: there are %d", n, len(fields)+2)
	}
	return strconv.ParseUint(fields[n-3], 10, 64)
}

// usage is the memory of a process that belongs to no file (bytes), and the number of
// its threads besides the first (proc(5)).
func (r *root) usage(pid int) (pages, threads int64, err error) {
	f, err := r.memoryFields(pid)
	if err != nil {
		return 0, 0, err
	}
	return f["RssAnon"]<<10 + max(0, f["RssShmem"]<<10-r.held()), f["Threads"] - 1, nil
}

// memoryFields reads the numbers of /proc/PID/status, those of memory in KiB. The first
// thread of a process has none of memory once it has ended: then another's are read.
func (r *root) memoryFields(pid int) (map[string]int64, error) {
	f, err := r.statusFields(strconv.Itoa(pid))
	if err != nil {
		return nil, err
	}
	if _, ok := f["RssAnon"]; ok {
		return f, nil
	}
	fd, err := unix.Openat(int(r.proc.Fd()), strconv.Itoa(pid)+"/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	tasks := os.NewFile(uintptr(fd), "task")
	defer tasks.Close()
	names, err := tasks.Readdirnames(-1)
	for _, name := range names {
		g, readErr := r.statusFields(strconv.Itoa(pid) + "/task/" + name)
		if _, ok := g["RssAnon"]; ok && readErr == nil {
			return g, nil
		}
	}
	return f, err
}

func (r *root) statusFields(dir string) (map[string]int64, error) {
	fd, err := unix.Openat(int(r.proc.Fd()), dir+"/status", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "status")
	defer file.Close()
	buf := make([]byte, pageSize)
	n, err := file.Read(buf)
	if err != nil {
		return nil, err
	}
	fields := map[string]int64{}
	for line := range strings.Lines(string(buf[:n])) {
		name, value, _ := strings.Cut(line, ":")
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ")
		if v, err := strconv.ParseInt(value, 10, 64); err == nil {
			fields[name] = v
		}
	}
	return fields, nil
}

// held is what files in memory take at the root (bytes). Linux counts a mapping of
// one as shared memory, which the guest, where they lie on a disk, can drop.
func (r *root) held() int64 {
	name := r.base
	if name == "" {
		name = "/"
	}
	var st unix.Statfs_t
	if unix.Statfs(name, &st) != nil || st.Type != unix.TMPFS_MAGIC {
		return 0
	}
	return int64(st.Blocks-st.Bfree) * st.Bsize
}
