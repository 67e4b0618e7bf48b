package tracelog

import "bytes"

// Up to Nanos 0.1.38 the main thread has the id 1, and its trace lines no indent:
//
//	1 openat                                  0.1.10 to 0.1.38, thread 2 after 4 spaces
//	1 direct return: -2, rsp 0x7fe2bda8
//	 1 open                                   up to 0.1.9, thread 2 after 8 spaces and one
//	 1 direct return: -2
//
// "1 read" may as well be a program's own line, so these count only in a log that has
// shown one which no program prints. Such a log is scanned line by line: no release of
// this kind is new enough for its traces to be long.

// mainSigns begin lines of thread 1 that no program prints.
var mainSigns = []string{
	"1 direct return: ",        // 1 direct return: 1558470524928, rsp 0x7fe2b9c8
	"1 run frame 0x",           // 1 run frame 0x0000000101206000, RIP=0x0000000000401530      up to 0.1.24
	"1 run thread, cpu ",       // 1 run thread, cpu 0, frame 0xffffc00001e04000, pc 0x…       0.1.25 to 0.1.38
	"1 set_tid_address",        // among the first calls of any libc
	"1 nosyscall set_robust",   // 1 nosyscall set_robust_list
	"1 delivering SIGSEGV",     // 1 delivering SIGSEGV; vaddr 0x28 si_code SEGV_MAPPER
	"1 page fault, vaddr 0x",   //
	"1 thread_attempt_interr",  // 1 thread_attempt_interrupt: tid 1
	"1 no vmap found for addr", // 1 no vmap found for addr 0x28, rip 0x401655
}

func isMainSign(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte{' '})
	return len(b) > 2 && b[0] == '1' && b[1] == ' ' && hasAny(b, mainSigns)
}

// tracesMain reports whether a log that begins like this holds such a trace.
func tracesMain(peek []byte) bool {
	for len(peek) > 0 {
		line, rest, _ := bytes.Cut(peek, []byte{'\n'})
		peek = rest
		if isMainSign(line[behindGitversion(line):]) {
			return true
		}
	}
	return false
}

// parseMain is parseDetail for those logs.
func parseMain(b []byte, d *Detail) bool {
	n := 0
	for n < len(b) && b[n] == ' ' {
		n++
	}
	if !parseID(b, n, 1, d) {
		return false
	}
	switch {
	case d.TID == 1 && n <= 1, n == 8*(d.TID-1)+1: // the latter up to 0.1.9
		return knownMain(d.Text)
	}
	return n == indentOf(d.TID) && knownDetail(d.Text)
}

// mainWords are details that later versions do not print, or not like this.
var mainWords = []string{
	"run frame ", "run thread, ", "run sig handler, ", "sleep ", "wakeup ", "yield ", "... interrupting blocked thread ",
	"uninterruptible or already running", "filesystem_read: ", "file_check: ", "futex wake op: ", "futex wait ",
	"exit_thread", "delivering SIG", "no vmap found ", "page fault, ", "nosyscall ", "invalid syscall ", "syscall ", "signal ",
	"thread_attempt_interrupt: ", "open: ", "readlink: ",
}

// knownMain is knownDetail where no indent vouches for the line: a name of a call must
// stand alone, or with a colon behind it.
func knownMain(t []byte) bool {
	if len(t) == 0 {
		return false
	}
	if hasAny(t, mainWords) {
		return true
	}
	n := nameEnd(t, 0)
	if n < len(t) && t[n] == ' ' && names.lookup(t[:n]) != "" {
		return false
	}
	return knownDetail(t)
}

// findMain looks for a detail of thread 1 that output without a newline has run into.
// What follows the write of a program is its return, or the thread's next turn.
//
//	/etc/relayd/relayd.conf 1 direct return: 23
func findMain(b []byte, d *Detail) int {
	for _, sign := range mainSigns[:3] {
		i := bytes.Index(b, []byte(sign))
		if i <= 0 || !parseID(b, i, 1, d) {
			continue
		}
		if b[i-1] == ' ' && !bytes.Contains(b[i:], []byte(", ")) { // up to 0.1.9 the blank is the kernel's
			i--
		}
		return i
	}
	return -1
}

// behindGitversion returns where the rest of a line begins that up to 0.1.40 follows
// this without a line end, 0 where nothing does:
//
//	read program complete: 0xffff80c000000000 gitversion: 61d82e2bc8af… 1 run thread, cpu 0, frame …
func behindGitversion(b []byte) int {
	const mark = " gitversion: "
	if !bytes.HasPrefix(b, []byte("read program complete: ")) {
		return 0
	}
	i := bytes.Index(b[:min(len(b), 80)], []byte(mark))
	if i < 0 {
		return 0
	}
	at := i + len(mark) + gitHash
	if len(b) < at+2 || b[at] != ' ' || !isHex(b[i+len(mark):at]) {
		return 0
	}
	return at + 1
}

// gitHash is the length of a commit in hex.
const gitHash = 40
