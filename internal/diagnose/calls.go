package diagnose

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// callRule says what a failed call means. The first row that matches counts.
type callRule struct {
	names   []string        // calls; nil: any
	errs    []syscall.Errno // errors; nil: any
	when    func(*run, *strace.Event) bool
	id      string
	subject func(*run, *strace.Event) string // nil: the call's name
	points  int
	limit   Confidence
	summary string // %s is the subject
}

// cloneThread is CLONE_THREAD: without it clone makes a process.
const cloneThread = 0x10000

// cloneVfork is CLONE_VFORK: posix_spawn, popen, system and vfork use it.
const cloneVfork = 0x4000

var callRules = []callRule{
	// [2] clone(0x4111, 0x000001c400c4cff0, …) = -ENOSYS
	{names: []string{"clone", "clone3"}, when: func(_ *run, e *strace.Event) bool { return makesProcess(e) && cloneFlags(e)&cloneVfork != 0 },
		id: "process.spawn", subject: spawned, points: 45, summary: "the program starts another one (%s), and Nanos runs one process only"},
	// [2] clone(0x1200011, 0x0, 0x0, 0x000000282852ea10, 0x0) = -ENOSYS
	{names: []string{"clone", "clone3"}, when: func(_ *run, e *strace.Event) bool { return makesProcess(e) },
		id: "process.fork", subject: func(*run, *strace.Event) string { return "fork" }, points: 45, summary: "the program forks (%s), and Nanos runs one process only"},
	{names: []string{"fork"}, id: "process.fork", points: 45, summary: "the program calls %s, and Nanos runs one process only"},
	{names: []string{"vfork"}, id: "process.vfork", points: 45, summary: "the program calls %s, and Nanos runs one process only"},
	{names: []string{"execve", "execveat"}, id: "process.exec", subject: func(_ *run, e *strace.Event) string { return firstOf(e.Path, e.Name) }, points: 45,
		summary: "the program replaces itself by another (%s), which Nanos cannot do"},
	// [2] kill() = -ESRCH
	{names: []string{"kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"}, errs: []syscall.Errno{syscall.ESRCH, syscall.EPERM}, id: "process.kill-other", points: 40,
		summary: "the program signals another process (%s); there is none"},
	{names: []string{"wait4", "waitid"}, id: "process.fork", subject: func(_ *run, e *strace.Event) string { return e.Name }, points: 5, limit: Possible,
		summary: "the program waits for a child (%s); there is none"},
	// [2] bind() = -98
	{names: []string{"bind"}, errs: []syscall.Errno{syscall.EADDRINUSE}, id: "network.port-in-use", subject: (*run).portSaid, points: 45, summary: "the port %s is already bound inside the guest"},
	// [2] bind() = -ENOENT: a socket in a directory that does not exist
	{names: []string{"bind"}, errs: []syscall.Errno{syscall.ENOENT, syscall.ENOTDIR}, id: "missing-data.directory", subject: (*run).socketDir, points: 42, summary: "the directory %s, in which the program makes a socket, does not exist in the image"},
	// Nanos answers a connection to a closed port of its own with ECONNRESET
	{names: []string{"connect"}, errs: []syscall.Errno{syscall.ECONNREFUSED, syscall.ECONNRESET}, id: "network.refused", subject: (*run).hostSaid, points: 35, summary: "the connection to %s was refused"},
	{names: []string{"connect", "sendto", "sendmsg"}, errs: []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ETIMEDOUT, syscall.ENETDOWN}, id: "network.unreachable", subject: (*run).hostSaid, points: 35, summary: "%s cannot be reached from the guest"},
	{names: []string{"write", "pwrite64", "writev", "pwritev", "fallocate", "ftruncate", "sendfile", "copy_file_range", "fsync", "fdatasync", "close", "open", "openat", "creat", "mkdir", "mkdirat", "rename", "link", "symlink", "msync"},
		errs: []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT}, id: "resource.disk-full", subject: (*run).fullPlace, points: 50, summary: "no space is left on %s"},
	// [2] mmap(0x0, 219902325555200, …) = -ENOMEM
	{names: []string{"mmap", "mremap", "brk"}, errs: []syscall.Errno{syscall.ENOMEM, syscall.EINVAL}, when: func(_ *run, e *strace.Event) bool { return mapLength(e) >= hugeMap || reserves(e) }, id: "resource.address-space", subject: func(_ *run, e *strace.Event) string { return "mmap " + bytesText(mapLength(e)) }, points: 50,
		summary: "the reservation is larger than the address space (%s)"},
	{names: []string{"mmap", "mremap", "brk"}, errs: []syscall.Errno{syscall.ENOMEM}, id: "resource.memory", subject: (*run).memorySize, points: 15, summary: "the guest's memory does not suffice (%s)"},
	{names: []string{"memfd_create"}, errs: []syscall.Errno{syscall.ENOSYS}, id: "syscall.needs-klib", points: 35, summary: "%s is provided only by a klib that the image lacks"},
	{errs: []syscall.Errno{syscall.ENOSYS}, when: func(r *run, e *strace.Event) bool { return r.status(e.Name) == nanos.KlibOnly }, id: "syscall.needs-klib", points: 35, summary: "%s is provided only by a klib that the image lacks"},
	{errs: []syscall.Errno{syscall.ENOSYS}, id: "syscall.unsupported", subject: callSubject, points: 30, summary: "Nanos does not implement %s"},
	// [2] io_uring_setup() = -EINVAL: the call exists, the feature does not
	{names: featureCalls, errs: []syscall.Errno{syscall.EINVAL, syscall.EOPNOTSUPP, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.ENOPROTOOPT, syscall.ESOCKTNOSUPPORT, syscall.EPFNOSUPPORT},
		id: "syscall.unsupported", subject: callSubject, points: 15, summary: "Nanos does not support what the program asks of %s"},
}

// featureCalls exist in Nanos and refuse some families, types, flags or operations
// that Linux has.
var featureCalls = []string{
	"io_uring_setup", "io_uring_register", "io_uring_enter", "socket", "socketpair", "setsockopt", "getsockopt", "fcntl", "ioctl", "mmap", "mremap",
	"madvise", "prctl", "arch_prctl", "futex", "clone", "clone3", "timerfd_create", "timerfd_settime", "eventfd2", "signalfd4", "epoll_create1",
	"epoll_ctl", "inotify_init1", "inotify_add_watch", "memfd_create", "fallocate", "renameat2", "sendmsg", "recvmsg", "sendto", "accept4", "pipe2",
	"prlimit64", "getrlimit", "setrlimit", "timer_create", "clock_gettime", "clock_nanosleep", "sched_setaffinity", "openat", "io_setup", "io_submit",
}

// hugeMap is the size from which a mapping cannot be granted in the 47 bits of user
// address space that Nanos gives, as Linux does: 64 TB were refused where 4 TB went well.
const hugeMap = 1 << 46

// largeMap is more than a guest's memory mostly has, and less than one reservation of
// those that runtimes make.
const largeMap = 1 << 34

// reserves: a mapping that takes no memory, but a part of the address space.
//
//	[2] mmap(0x0, 8796093022208, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = -ENOMEM
func reserves(e *strace.Event) bool {
	return e.Name == "mmap" && mapLength(e) >= largeMap && strings.Contains(e.Args, "PROT_NONE")
}

// makesProcess reports whether a failed clone was meant to make a process.
func makesProcess(e *strace.Event) bool {
	return e.Failed() && cloneFlags(e)&cloneThread == 0
}

// cloneFlags takes the flags from the decoded event, or from its text:
// `clone(0x4111, …)`, `clone3({… exit_signal=17, …})`.
func cloneFlags(e *strace.Event) uint64 {
	if e.Flags != 0 {
		return e.Flags
	}
	if e.Name == "clone3" {
		if strings.Contains(e.Args, "exit_signal=17") && strings.Contains(e.Args, "stack=0x") && !strings.Contains(e.Args, "stack=0x0000000000000000") {
			return cloneVfork // a child on a stack of its own shares memory: posix_spawn
		}
		return 0
	}
	first, _, _ := strings.Cut(e.Args, ",")
	n, err := strconv.ParseUint(strings.TrimSpace(first), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// mapLength is the length argument of an mmap: the second one, decimal or hex.
func mapLength(e *strace.Event) uint64 {
	parts := strings.Split(e.Args, ",")
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(parts[1]), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// bytesText prints a size with a binary unit, rounded down.
func bytesText(n uint64) string {
	for _, u := range []struct {
		shift uint
		name  string
	}{{40, "TB"}, {30, "GB"}, {20, "MB"}, {10, "KB"}} {
		if n>>u.shift > 0 {
			return fmt.Sprintf("%d %s", n>>u.shift, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// status asks the table, and takes everything for implemented without one.
func (r *run) status(call string) nanos.Status {
	if r.table == nil {
		return nanos.Implemented
	}
	return r.table.Status(call, r.version)
}

// callSubject is the call by its name, and its family or operation after a space
// where the log has the arguments.
func callSubject(r *run, e *strace.Event) string {
	if n, ok := strings.CutPrefix(e.Name, "syscall_"); ok {
		if nr, err := strconv.Atoi(n); err == nil && strace.SyscallName(nr) != "" {
			return strace.SyscallName(nr)
		}
	}
	if op := operation.FindString(e.Args); op != "" {
		return e.Name + " " + op
	}
	return e.Name
}

// operation is the argument that says what a multiplexing call was to do.
var operation = lazyregexp.New(`\b(AF_[A-Z]+|SOCK_SEQPACKET|SOCK_RAW|F_OFD_[A-Z]+|F_[A-Z_]*PIPE_SZ|PR_[A-Z_]+|MADV_[A-Z_]+|FUTEX_[A-Z_]+|MAP_[A-Z]+)\b`)

// judgeCalls turns failed calls that are no look-ups into candidates.
func (r *run) judgeCalls() (out []candidate, aside []Suppressed) {
	events := r.events()
	at := map[string]int{}
	quiet := map[string]bool{}
	// From the end backwards: the failure nearest to the end represents its kind.
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if !e.Failed() || (wants(e) != wantsNothing && (missing(e) || e.Name == "readlink")) {
			continue
		}
		if e.Name == "" || strings.HasPrefix(e.Name, "rt_sig") {
			continue
		}
		if _, failed := r.nativeCall(e); failed && !r.nativeFails() {
			if !quiet[e.Name] {
				quiet[e.Name] = true
				aside = append(aside, Suppressed{ID: "syscall.unsupported", Subject: e.Name, Reason: "it fails natively too"})
			}
			continue
		}
		row, expected := probeOf(e)
		if expected && row.weight == harmless && !(makesProcess(e) && strings.HasPrefix(e.Name, "clone")) {
			if !quiet[e.Name] {
				quiet[e.Name] = true
				aside = append(aside, Suppressed{ID: "syscall.unsupported", Subject: e.Name, Reason: row.reason})
			}
			continue
		}
		for _, rule := range callRules {
			if !rule.matches(r, e) {
				continue
			}
			subject := e.Name
			if rule.subject != nil {
				subject = rule.subject(r, e)
			}
			if _, ok := at[rule.id+" "+subject]; ok {
				break
			}
			at[rule.id+" "+subject] = len(out)
			out = append(out, r.callCandidate(rule, e, i, subject, expected && row.weight == weak))
			break
		}
	}
	return out, aside
}

// wasToMake reports whether a call that failed is the one that natively made a file
// which the guest then asked for in vain.
func (r *run) wasToMake(e *strace.Event) bool {
	suspects, _ := r.suspects()
	for _, a := range suspects {
		if name, ok := r.maker(a); ok && name == e.Name && e.Line < a.line {
			return true
		}
	}
	return false
}

// makers are calls whose failure leaves no path in the guest's trace.
var makers = []string{"mknod", "mknodat", "mkdir", "mkdirat", "symlink", "symlinkat"}

// maker is the call that natively made what the guest did not find, where that call
// failed in the guest before.
func (r *run) maker(a access) (name string, ok bool) {
	if r.native == nil || !a.fate.made || a.fate.at >= len(r.native.events) {
		return "", false
	}
	name = r.native.events[a.fate.at].Name
	if !containsName(makers, name) {
		return "", false
	}
	events := r.events()
	for i := 0; i < len(events) && events[i].Line < a.line; i++ {
		if e := &events[i]; e.Name == name && e.Failed() && e.Path == "" {
			return name, true
		}
	}
	return "", false
}

// nativeCall says whether calls of this name succeeded in the native run, or failed in
// all cases, where its record has any. Calls that serve many purposes are told apart by
// their first arguments only where both logs show them, which is never; so for these
// neither is known.
func (r *run) nativeCall(e *strace.Event) (works, fails bool) {
	if r.native == nil || containsName(featureCalls, e.Name) || wants(e) != wantsNothing {
		return false, false
	}
	for i := range r.native.events {
		n := &r.native.events[i]
		if n.Kind != strace.KindCall || n.Name != e.Name {
			continue
		}
		if n.OK() {
			return true, false
		}
		fails = fails || n.Failed()
	}
	return false, fails
}

func (c callRule) matches(r *run, e *strace.Event) bool {
	if c.names != nil && !containsName(c.names, e.Name) {
		return false
	}
	if c.errs != nil {
		ok := false
		for _, err := range c.errs {
			ok = ok || err == e.Err
		}
		if !ok {
			return false
		}
	}
	return c.when == nil || c.when(r, e)
}

func containsName(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// Points for calls.
const (
	pointsAdjacent  = 30 // nothing but bookkeeping between the call and the failure
	pointsClose     = 12
	pointsCallNamed = 25 // the last words have the call's name
	pointsTopic     = 18 // the last words are about what the call is for
	pointsCallErrno = 15
	pointsCallWeak  = -12
	pointsOKLater   = -40 // the same call succeeded afterwards
	pointsCallOK    = 12  // natively it succeeds
	pointsMaker     = 20  // natively it makes what the guest then did not find
)

func (r *run) callCandidate(rule callRule, e *strace.Event, i int, subject string, isWeak bool) candidate {
	p := rule.points
	if isWeak {
		p += pointsCallWeak
	}
	if works, _ := r.nativeCall(e); works {
		p += pointsCallOK
	}
	if r.wasToMake(e) {
		p += pointsMaker
	}
	switch n := r.workBetween(i); {
	case n == 0:
		p += pointsAdjacent
	case n <= 2:
		p += pointsClose
	}
	if r.said != "" {
		if line, ok := r.lastBad(); ok && (says(line.Text, e.Err) || says(r.said, e.Err) && rule.id != "resource.memory") {
			p += pointsCallErrno
		}
		switch {
		case r.namesCall(e.Name):
			p += pointsCallNamed
		case topicOf(e.Name, r.said):
			p += pointsTopic
		}
	}
	if r.succeedsLater(e.Name, i) {
		p += pointsOKLater
	}
	if r.log.Crash != nil && e.Line > r.last {
		p += pointsLate
	}
	c := candidate{Finding: Finding{ID: rule.id, Subject: subject, Summary: fmt.Sprintf(rule.summary, subject),
		Evidence: []Evidence{r.eventEvidence(i)}}, points: p, limit: rule.limit}
	if line, ok := r.lastBad(); ok {
		c.Evidence = append(c.Evidence, Evidence{Source: r.in.GuestSource, Line: line.N, Text: line.Text})
	}
	return c
}

// workBetween counts the path calls between an event and the failure: what a program
// does to report an error (memory, a descriptor for stderr) is no work.
func (r *run) workBetween(i int) int {
	n := 0
	events := r.events()
	for j := i + 1; j < len(events); j++ {
		e := &events[j]
		if e.Line > r.last {
			break
		}
		switch wants(e) {
		case wantsOpen, wantsList, wantsMake:
			n++
		}
	}
	return n
}

// namesCall reports whether the last words have the name of a call, or of the library
// function that makes it.
func (r *run) namesCall(name string) bool {
	if contains(r.said, name) {
		return true
	}
	for fn, call := range wrappers {
		if call == name && contains(r.said, fn) {
			return true
		}
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(name, "_setup"), "_create")
	return len(stem) > 5 && contains(r.said, stem)
}

func (r *run) succeedsLater(name string, i int) bool {
	events := r.events()
	for j := i + 1; j < len(events); j++ {
		if events[j].Name == name && events[j].OK() {
			return true
		}
	}
	return false
}

// shortWrites finds the kernel defect of writev on pipes: exactly the first buffer is
// not written, so the call returns the sum of the others.
//
//	[2] writev(4, [{iov_base=0x…1e, iov_len=4}, {iov_base=0x…23, iov_len=4}], 2) = 4
func (r *run) shortWrites() (out []candidate, advice string) {
	events := r.events()
	lost := -1
	for i := range events {
		e := &events[i]
		if (e.Name != "writev" && e.Name != "readv") || !e.OK() || e.State != strace.Done {
			continue
		}
		first, sum := buffers(e.Args)
		if first == 0 || e.Ret != sum-first || sum == 0 {
			continue
		}
		if onDescriptor(e, "1") || onDescriptor(e, "2") {
			lost = i
			advice = "the console lacks the beginning of some lines: this kernel's writev skips the first buffer on the console and on pipes"
			continue
		}
		p := 30
		if r.workBetween(i) == 0 {
			p += pointsAdjacent
		}
		out = append(out, candidate{Finding: Finding{ID: "kernel.writev-first-iovec", Subject: e.Name,
			Summary:  e.Name + " on a pipe skipped its first buffer: a defect of this kernel",
			Evidence: []Evidence{r.eventEvidence(i)}}, points: p + 20})
	}
	if len(out) > 1 {
		out = out[len(out)-1:]
	}
	// musl's stdio writes the rest again and again, as the call makes no progress.
	if lost >= 0 && r.hangs() && r.tail("writev") {
		out = append(out, candidate{Finding: Finding{ID: "kernel.writev-first-iovec", Subject: "writev",
			Summary:  "writev on the console skips its first buffer, and the program tries for ever to write it: a defect of this kernel",
			Evidence: []Evidence{r.eventEvidence(lost)}}, points: 92})
	}
	return out, advice
}

var iovLen = lazyregexp.New(`iov_len=(\d+)`)

// buffers returns the length of the first buffer and of all.
func buffers(args string) (first, sum int64) {
	for i, m := range iovLen.Regexp().FindAllStringSubmatch(args, -1) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return 0, 0
		}
		if i == 0 {
			first = n
		}
		sum += n
	}
	return first, sum
}

// memorySize is memoryAmount as the subject of a call.
func (r *run) memorySize(*strace.Event) string { return r.memoryAmount() }

// fullPlace is the mount point of the file written to, or the root.
func (r *run) fullPlace(e *strace.Event) string {
	if e.Path != "" {
		if m, ok := r.setup.mountOf(e.Path); ok {
			return m
		}
	}
	return "/"
}

// spawned names the program that was to be started, as the native run shows it: the
// first execve of a task that is not the program's own.
func spawned(r *run, _ *strace.Event) string {
	if r.native != nil {
		for i := range r.native.events {
			e := &r.native.events[i]
			if i > 0 && wants(e) == wantsExec && e.TID != r.native.main {
				return e.Path
			}
		}
	}
	if l, ok := r.lastBad(); ok {
		return spawnedIn(l.Text)
	}
	return "another program"
}

// socketDir is the directory of the path that the program removed, or looked for,
// before it bound its socket there: neither log has the path of a bind.
func (r *run) socketDir(e *strace.Event) string {
	events := r.events()
	best := ""
	for i := range events {
		if events[i].Line >= e.Line {
			break
		}
		if missing(&events[i]) && !isLibrary(events[i].Path) && events[i].Path != "" {
			if row, ok := probe(pathKey(events[i].Path)); !ok || row.weight == normal {
				best = events[i].Path
			}
		}
	}
	if best == "" {
		return "of the socket"
	}
	return path.Dir(best)
}

// emptyStdin finds a program that read end of file from standard input, of which a
// guest has none, and did nothing more.
//
//	[2] read(0, 0x00000000ffe55cd7, 8) = 0
func (r *run) emptyStdin() []candidate {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		e := &events[i]
		if (e.Name == "read" || e.Name == "readv") && e.OK() && e.State == strace.Done && e.Ret == 0 && onDescriptor(e, "0") {
			p := 30
			if r.workBetween(i) == 0 {
				p += pointsAdjacent
			}
			if r.stoppedShort() {
				p += pointsSilent
			}
			if r.native.readsStdin() {
				p += pointsNativeOK
			}
			return []candidate{{Finding: Finding{ID: "env.no-stdin", Subject: "stdin", Summary: "the program read standard input, which is empty in a guest",
				Evidence: []Evidence{r.eventEvidence(i)}}, points: p, order: 4}}
		}
	}
	return nil
}

// readsStdin reports whether the native run got something from its standard input.
func (n *native) readsStdin() bool {
	if n == nil {
		return false
	}
	for i := range n.events {
		if e := &n.events[i]; (e.Name == "read" || e.Name == "readv") && e.Ret > 0 && onDescriptor(e, "0") {
			return true
		}
	}
	return false
}

// lostMessage finds the C library's own last message, which it prints with writev and
// which the kernel defect swallowed: the call is followed by the abort.
//
//	[2] writev(2, [{iov_base=0x…, iov_len=41}], 1) = 0
//	[2] tgkill() = 0
func (r *run) lostMessage() []candidate {
	if r.log.Crash == nil || r.log.Crash.Signal != int(syscall.SIGABRT) {
		return nil
	}
	events := r.events()
	for i := len(events) - 1; i >= 0 && i > len(events)-20; i-- {
		e := &events[i]
		if e.Name != "writev" || !onDescriptor(e, "2") || !e.OK() {
			continue
		}
		if first, sum := buffers(e.Args); first == 0 || e.Ret >= sum {
			return nil
		}
		p := 40
		if r.native.failedBy() == syscall.SIGABRT {
			p += 30
		}
		return []candidate{{Finding: Finding{ID: "program.heap-corruption", Subject: "message of the C library, not printed", Summary: "the C library aborted the program with a message that this kernel's writev lost; damaged memory is the usual one",
			Evidence: []Evidence{r.eventEvidence(i)}}, points: p, limit: Possible, order: 4}}
	}
	return nil
}
