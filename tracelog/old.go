package tracelog

import (
	"bytes"
	"strconv"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// The old format tells a call in several lines, interleaved with those of other
// threads, and never says "done" for a call that blocked:
//
//	2 openat
//	2 "/data/input.bin" - not found
//	2 direct return: -2, rsp 0xfff8bc80
//	2 read
//	2 file_read: f 0xffffc000000974b0, dest 0x00000000ffe0e058, offset 0 (file), length 832, …
//	2 sleep uninterruptible
//	2 file_read_complete: status (none)
//	2    read count 832
//	2 mmap
//
// The call that each thread is in is in eventList.calls.

const enosys = syscall.Errno(38)

// oldDetail takes a detail line of the old format. Lines that belong to no call, and
// remarks that an Event has no field for, change nothing.
func (b *builder) oldDetail(d Detail, n int) {
	t := string(d.Text)
	if rest, ok := strings.CutPrefix(t, "direct return: "); ok {
		b.oldReturn(d, int64(leadingInt(rest)))
		return
	}
	if rest, ok := strings.CutPrefix(t, "nosyscall "); ok {
		if name := oldName(rest); name != "" {
			b.oldNoSys(d, name, n)
		}
		return
	}
	if rest, ok := strings.CutPrefix(t, "invalid syscall "); ok && isDigits([]byte(rest)) {
		b.oldClose(d.TID) // no entry line comes before it
		b.oldNoSys(d, unknownCall+rest, n)
		return
	}
	rest, numbered := strings.CutPrefix(t, "syscall ")
	if name := oldName(rest); name != "" && numbered == isDigits([]byte(rest)) {
		b.oldClose(d.TID)
		b.oldEntry(d, name, n)
		return
	}
	if i, ok := b.events.calls[d.TID]; ok {
		e := &b.events.list[i]
		oldRemark(e, t)
		if e.Path != "" && e.Abs == "" {
			b.paths.resolveOld(e)
		}
	}
}

// oldName is the name of a call, or of a number that the kernel has no name for; "" for
// anything else.
func oldName(s string) string {
	if isDigits([]byte(s)) {
		return unknownCall + s
	}
	return names.lookup([]byte(s))
}

func (b *builder) oldEntry(d Detail, name string, n int) {
	i := b.events.add(strace.Event{
		Kind: strace.KindCall, State: strace.Unfinished, Line: n,
		TID: d.TID, Thread: string(d.Thread), Name: callName([]byte(name)),
	})
	b.events.calls[d.TID] = i
}

// oldClose ends the open call of a thread that goes on with another one: it returned,
// and what it returned is known only if a completion line said it.
func (b *builder) oldClose(tid int) {
	i, ok := b.events.calls[tid]
	if !ok {
		return
	}
	delete(b.events.calls, tid)
	e := &b.events.list[i]
	if e.State == strace.Unfinished {
		e.State = strace.Unknown
	}
	b.paths.done(e)
}

func (b *builder) oldReturn(d Detail, ret int64) {
	i, ok := b.events.calls[d.TID]
	if !ok {
		return
	}
	e := &b.events.list[i]
	e.State, e.Ret, e.Err = strace.Done, ret, 0
	if ret < 0 && ret >= -maxErrno {
		e.Ret, e.Err, e.Size = 0, syscall.Errno(-ret), 0
	} else if argShapes[e.Name].moves {
		e.Size = ret
	}
	b.oldClose(d.TID)
}

// nosyscall NAME: no such call in this kernel; there is no return line.
func (b *builder) oldNoSys(d Detail, name string, n int) {
	if _, ok := b.events.calls[d.TID]; !ok {
		b.oldEntry(d, name, n)
	}
	e := &b.events.list[b.events.calls[d.TID]]
	e.State, e.Err = strace.Done, enosys
	b.oldClose(d.TID)
}

// oldRemark reads one line of details into the call that it belongs to.
func oldRemark(e *strace.Event, t string) {
	if r := remarkOf([]byte(t)); r != nil {
		r.read(e, t[len(r.prefix):])
		if !r.quiet && e.Args == "" {
			e.Args = t
		}
	}
}

// isArguments reports whether a line of details is what an Event takes as arguments.
func isArguments(t []byte) bool {
	r := remarkOf(t)
	return r != nil && !r.quiet
}

func remarkOf(t []byte) *remark {
	if len(t) == 0 {
		return nil
	}
	for _, r := range remarksBy[t[0]] {
		if bytes.HasPrefix(t, []byte(r.prefix)) {
			return r
		}
	}
	return nil
}

// remarksBy is remarks by their first byte.
var remarksBy = func() (by [256][]*remark) {
	for i := range remarks {
		c := remarks[i].prefix[0]
		by[c] = append(by[c], &remarks[i])
	}
	return by
}()

// remark is a kind of detail line.
type remark struct {
	prefix string
	quiet  bool // tells of the result, not of the arguments
	read   func(e *strace.Event, rest string)
}

// remarks are the detail lines that an Event has a field for; see the samples.
var remarks = []remark{
	// "/data/input.bin" - not found
	{`"`, false, func(e *strace.Event, s string) { e.Path, _ = lastQuote(s) }},
	// access: "/etc/ld.so.preload", mode 4
	{`access: "`, false, pathAndNumber(", mode ", 10)},
	// faccessat: dirfd -100, "/x", mode 4
	{"faccessat: dirfd ", false, func(e *strace.Event, s string) {
		pathAndNumber(", mode ", 10)(e, after(s, `"`))
	}},
	// open: "/x", flags 0, mode 1b6
	{`open: "`, false, pathAndNumber(", flags ", 16)},
	{`creat: "`, false, pathAndNumber(", none ", 16)},
	// stat: cwd 0x…, "/x", follow, buf 0x… (0.1.50); stat: "/x", buf 0x… (older)
	{"stat: cwd ", false, func(e *strace.Event, s string) { e.Path, _ = lastQuote(after(s, `"`)) }},
	{`stat: "`, false, pathAndNumber(", none ", 16)},
	{`lstat: "`, false, pathAndNumber(", none ", 16)},
	{`readlink: "`, false, pathAndNumber(", none ", 16)},
	{`readlinkat: "`, false, pathAndNumber(", none ", 16)},
	{`mkdir: "`, false, pathAndNumber(", none ", 16)},
	{`mkdirat: "`, false, pathAndNumber(", none ", 16)},
	{`truncate "`, false, pathAndNumber(", none ", 16)},
	// rename "/a" "/b"; renameat -100 "/a" -100 "/b"
	{"rename", false, func(e *strace.Event, s string) { e.Path, e.Path2 = oldRename(s) }},
	// unlink /x; unlinkat -100 /x 0x0
	{"unlink ", false, func(e *strace.Event, s string) { e.Path = s }},
	{"rmdir ", false, func(e *strace.Event, s string) { e.Path = s }},
	{"unlinkat ", false, func(e *strace.Event, s string) {
		if _, p, ok := strings.Cut(s, " "); ok {
			if i := strings.LastIndex(p, " 0x"); i >= 0 {
				e.Path = p[:i]
			}
		}
	}},
	// symlink 0x… /link -> target; symlinkat -100 /link -> target
	{"symlink", false, func(e *strace.Event, s string) {
		if link, target, ok := strings.Cut(s, " -> "); ok {
			_, link, _ = strings.Cut(strings.TrimPrefix(link, "at"), " ")
			if i := strings.IndexByte(link, ' '); i >= 0 && strings.HasPrefix(link, "0x") {
				link = link[i+1:]
			}
			e.Path, e.Path2 = target, link
		}
	}},
	// spec_open: /dev/urandom, a file of the kernel's own
	{"spec_open: ", false, func(e *strace.Event, s string) { e.Path = s }},

	// mmap: addr 0x…, length 0x2000, prot 0x3, flags 0x22, fd -1, offset 0x0
	{"mmap: ", false, func(e *strace.Event, s string) { e.Flags = hexNumber(after(s, "prot 0x")) }},
	{"mprotect: ", false, func(e *strace.Event, s string) { e.Flags = hexNumber(after(s, "prot 0x")) }},
	// clone: flags 1200011, child_stack 0x…
	{"clone: flags ", false, func(e *strace.Event, s string) { e.Flags = hexNumber(s) }},

	//    fd 3, length 1926232, offset 0: an open that worked; the path is not printed
	{"   fd ", true, func(e *strace.Event, s string) { e.Size = int64(leadingInt(after(s, ", length "))) }},
	// st_ino ffff80c000000a80, st_mode 0x81a4, st_size 1d6458
	{"st_ino ", true, func(e *strace.Event, s string) {
		e.Mode = uint32(hexNumber(after(s, "st_mode 0x")))
		e.Size = int64(hexNumber(after(s, "st_size ")))
	}},
	//    read count 832, the result of a read that slept
	{"   read count ", true, func(e *strace.Event, s string) {
		e.State, e.Ret = strace.Done, int64(leadingInt(s))
		e.Size = e.Ret
	}},
	// file_write: f 0x…, src 0x…, offset 0 (file), length 30, file length 0
	{"file_write: ", false, func(e *strace.Event, s string) {
		e.Size = int64(leadingInt(after(s, ", length ")))
	}},
	// file_write_complete: f 0x…, sg, 0x…, completion fdesc_io_complete, status (none)
	{"file_write_complete: ", true, func(e *strace.Event, s string) {
		if strings.HasSuffix(s, "status (none)") {
			e.State, e.Ret = strace.Done, e.Size
		} else {
			e.Size = 0 // the error is a status of the file system, not an errno
		}
	}},
	{"close: ", false, func(*strace.Event, string) {}},
	{"ioctl: ", false, func(*strace.Event, string) {}},
	{"prctl: ", false, func(*strace.Event, string) {}},
	{"fcntl: ", false, func(*strace.Event, string) {}},
	{"dup", false, func(*strace.Event, string) {}},
	{"clone3: ", false, func(*strace.Event, string) {}},
	{"munmap: ", false, func(*strace.Event, string) {}},
	{"arch_prctl: ", false, func(*strace.Event, string) {}},
	{"prlimit64: ", false, func(*strace.Event, string) {}},
	{"fd ", false, func(*strace.Event, string) {}},
}

// pathAndNumber reads a path up to the last quote and the number behind the words.
func pathAndNumber(words string, base int) func(*strace.Event, string) {
	return func(e *strace.Event, s string) {
		var rest string
		e.Path, rest = lastQuote(s)
		if rest, ok := strings.CutPrefix(rest, words); ok {
			rest, _, _ = strings.Cut(rest, ",")
			e.Flags, _ = strconv.ParseUint(rest, base, 64)
		}
	}
}

// lastQuote cuts at the last quote: the path may hold quotes of its own.
func lastQuote(s string) (p, rest string) {
	i := strings.LastIndexByte(s, '"')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

func oldRename(s string) (from, to string) {
	_, s, ok := strings.Cut(s, `"`)
	if !ok {
		return "", ""
	}
	from, s, _ = strings.Cut(s, `"`)
	_, s, _ = strings.Cut(s, `"`)
	to, _ = lastQuote(s)
	return from, to
}

func hexNumber(s string) uint64 {
	n, _ := strconv.ParseUint(hexPrefix(s), 16, 64)
	return n
}

// resolveOld is resolve for the old format, which does not say where a relative path
// starts from: only calls without a dirfd argument start from the working directory.
func (g *guestPaths) resolveOld(e *strace.Event) {
	dir := g.cwd
	if s := argShapes[e.Name]; s.dirfd != none {
		dir = ""
	}
	if !strings.HasPrefix(e.Name, "symlink") || strings.HasPrefix(e.Path, "/") {
		e.Abs = g.abs(e.Path, dir)
	}
	if e.Path2 != "" {
		if argShapes[e.Name].dirfd2 != none {
			dir = ""
		}
		e.Abs2 = g.abs(e.Path2, dir)
	}
}

// isSignal parses what both formats print when a signal is delivered.
//
//	signal 11 received, errno 0, code 1
func isSignal(t []byte) (sig int, ok bool) {
	if !bytes.HasPrefix(t, []byte("signal ")) || !bytes.Contains(t, []byte(" received, errno ")) {
		return 0, false
	}
	return leadingInt(string(t[len("signal "):])), true
}
