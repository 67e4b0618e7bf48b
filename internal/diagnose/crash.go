package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/symbolize"
	"github.com/nanodiag/nanodiag/strace"
)

// Bounds by which a fault address is read.
const (
	stackReach = 1 << 16 // a push or a call frame faults this near to the stack pointer
	nullReach  = 1 << 12 // a field of a structure at address 0
	pageSize   = 1 << 12
)

// judgeCrash reads the dump of a fatal signal. What the program had just been refused
// may explain it; that is for the weighing of candidates.
func (r *run) judgeCrash() []candidate {
	c := r.log.Crash
	if c == nil || c.Kernel {
		return r.judgeSignalEnd()
	}
	if out, ok := r.judgeUnborn(); ok {
		return []candidate{out}
	}
	sig := syscall.Signal(c.Signal)
	name := strace.SignalName(sig)
	add := func(id, subject string, points int, limit Confidence, format string, args ...any) candidate {
		return candidate{Finding: Finding{ID: id, Subject: subject, Summary: fmt.Sprintf(format, args...), Evidence: r.crashEvidence()},
			points: points, limit: limit, order: 5}
	}
	same := r.native.failedBy() == sig
	switch sig {
	case syscall.SIGILL:
		if same {
			return []candidate{add("program.trap", name, 88, Likely, "the program executes an invalid instruction natively too")}
		}
		p := 78 // nothing else gives an invalid opcode in code that runs natively
		if r.native == nil {
			p = 62
		}
		return []candidate{add("cpu.missing-instruction", "instruction at "+hexText(c.RIP), p+8, limitIf(r.nativeWorks(), Likely), "the program executed an instruction that the guest's CPU does not have")}
	case syscall.SIGTRAP:
		return []candidate{add("program.trap", name, 70, Likely, "the program hit a trap instruction")}
	case syscall.SIGFPE:
		if same {
			return []candidate{add("program.signal-self", name, 70, Likely, "the program ends with an arithmetic fault natively too")}
		}
		p := 45
		if r.askedCPUs() {
			p += 30
		}
		return []candidate{add("resource.cpu-count", r.cpuCount(), p, limitIf(r.nativeWorks(), Likely), "the program divided by zero; a count derived from the number of processors (%s) is the usual cause", r.cpuCount())}
	case syscall.SIGBUS:
		if r.beyondFile() {
			if s, ok := r.loadingAtEnd(); ok {
				return []candidate{add("bad-lib.corrupt", firstOf(s, unnamed), 80, limitIf(r.nativeWorks() && s != "", Likely), "the library %s is shorter than its own headers say: the loader read beyond its end", firstOf(s, "that was being loaded"))}
			}
			return []candidate{add("bad-data.corrupt-file", unnamed, 66, Possible, "the program read beyond the end of a file that it had mapped: the file in the image is shorter than it expects")}
		}
		if f, ok := r.faultFile(); ok && isLibrary(f.Path) {
			return []candidate{add("bad-lib.corrupt", path.Base(f.Path), 80, limitIf(r.nativeWorks(), Likely), "the library %s is shorter than its own headers say: the page that was touched lies beyond its end", f.Path)}
		} else if ok {
			return []candidate{add("bad-data.corrupt-file", firstOf(f.Path, unnamed), 66, Possible, "the program read beyond the end of %s, which it had mapped: the file in the image is shorter than it expects", firstOf(f.Path, "a file"))}
		}
		return []candidate{add("resource.memory", r.memoryAmount(), 62, Possible, "the program touched a page that could not be filled")}
	case syscall.SIGABRT:
		if same {
			return []candidate{add("program.signal-self", name, 60, Likely, "the program aborts natively too")}
		}
		aborted := add("program.signal-self", name, 36, Possible, "the program aborted itself")
		if r.abortedMute() {
			return []candidate{aborted, add("missing-lib.dlopen-soname", "libgcc_s.so.1", 44, Possible,
				"a thread aborted without a word that reached the console; what the C library says so, and this kernel's writev loses, is that it cannot open %s, which it needs to end a thread", "libgcc_s.so.1")}
		}
		return []candidate{aborted}
	case syscall.SIGSEGV:
		return r.judgeSegfault(add, same)
	}
	return []candidate{add("program.signal-self", name, 50, Possible, "the program ended by %s", name)}
}

// firstThread is the id of the main thread.
const firstThread = 2

// abortedMute: another thread than the first aborted, and no message of a failure was
// printed. assert, C++ and Rust print theirs with write. glibc prints its own with
// writev, of which Nanos since March 2026 loses the first buffer; of those that have
// one buffer only, a thread meets "libgcc_s.so.1 must be installed for pthread_exit to
// work" (sysdeps/nptl/pthread_cancel_init, misc/unwind-link.c).
func (r *run) abortedMute() bool {
	return r.log.Crash.TID > firstThread && r.saidAt == 0 && !r.traced() && r.log.VersionMax == ""
}

// beyondFile: the page that could not be filled lies beyond the end of a mapped file.
//
//	pending_fault_complete error: page fill failed with (result:out of range page)
func (r *run) beyondFile() bool {
	for _, l := range r.log.Kernel {
		if outOfRange.MatchString(l.Text) {
			return true
		}
	}
	return false
}

// faultFile is the file whose mapping holds the address that could not be filled, where
// its pages end before. Memory that runs out does so in anonymous memory, mostly.
func (r *run) faultFile() (symbolize.MappedFile, bool) {
	c := r.log.Crash
	if !c.HasFault || r.outOfMemory() {
		return symbolize.MappedFile{}, false
	}
	return symbolize.FileAt(r.events(), c.Fault)
}

// outOfMemory: the kernel says that it could not fill a page for want of memory.
func (r *run) outOfMemory() bool {
	for _, l := range r.log.Kernel {
		if strings.Contains(l.Text, "out of memory") {
			return true
		}
	}
	return false
}

var outOfRange = lazyregexp.New(`page fill failed with .*out of range`)

// loadingAtEnd names the library that the loader was about to load when the program
// died; "" where the old trace does not tell.
func (r *run) loadingAtEnd() (name string, ok bool) {
	events := r.events()
	if len(events) == 0 {
		return "", false
	}
	var header, mapped bool
	for i := range events {
		e := &events[i]
		switch {
		case (e.Name == "openat" || e.Name == "open") && e.OK():
			name, header, mapped = path.Base(e.Path), false, false
			if e.Path == "" {
				name = ""
			}
		case e.Name == "read" && e.Ret == headerRead:
			header = true
		case e.Name == "mmap":
			mapped = header
		case e.Name == "munmap", e.Name == "close" && !mapped:
			header, mapped = false, false
		case e.Name == "mprotect" && header:
			header, mapped = false, false
		}
	}
	if !mapped {
		return "", false
	}
	if name == "" {
		name = r.nativeOwnLibrary()
	}
	return name, true
}

// nativeOwnLibrary is the only library that the native run loaded from a directory that
// is not the system's; "" when there are several or none.
func (r *run) nativeOwnLibrary() string {
	if r.native == nil {
		return ""
	}
	name := ""
	for i := range r.native.events {
		e := &r.native.events[i]
		if wants(e) != wantsOpen || !e.OK() || !isLibrary(e.Path) || slices.Contains(loaderDirs, path.Dir(pathKey(e.Path))) {
			continue
		}
		if base := path.Base(e.Path); name != "" && name != base {
			return ""
		} else {
			name = base
		}
	}
	return name
}

// limitIf gives the limit when a condition holds and Possible otherwise.
func limitIf(ok bool, limit Confidence) Confidence {
	if ok {
		return limit
	}
	return Possible
}

type addFunc func(id, subject string, points int, limit Confidence, format string, args ...any) candidate

// judgeSegfault tells stack overflows, null pointers and execution of data apart.
func (r *run) judgeSegfault(add addFunc, same bool) []candidate {
	c := r.log.Crash
	// The stack grew into its guard page: the fault lies just below the stack pointer.
	if c.HasFault && c.RSP != 0 && c.Fault < c.RSP+stackReach/16 && c.Fault+stackReach > c.RSP {
		if same {
			return []candidate{add("program.infinite-recursion", "stack", 85, Likely, "the program overflows its stack natively too")}
		}
		return []candidate{add("resource.stack", "2 MB", 76, limitIf(r.nativeWorks(), Likely), "the stack (2 MB in the guest) overflowed")}
	}
	if same {
		_, whole := c.Regs["rip"] // a dump that was cut does not tell whether the program had begun
		return []candidate{add("program.segfault", "SIGSEGV", 88, limitIf(whole && !r.log.Torn, Likely), "the program crashes with SIGSEGV natively too")}
	}
	switch {
	case c.HasFault && c.Fault < nullReach && c.RIP >= nullReach:
		// A null pointer natively not seen: something that is there natively is not
		// here. Without a failed access it is an unchecked getenv more often than not.
		variable := r.lackingVariable()
		p := 44
		if variable != "" {
			p = 60
		}
		if r.native == nil {
			return []candidate{add("program.segfault", "SIGSEGV", 40, Possible, "the program used a null pointer")}
		}
		return []candidate{
			add("env.missing-variable", variable, p, Possible, "the program used a null pointer; a variable that the guest lacks may be the reason"),
			add("program.segfault", "SIGSEGV", 36, Possible, "the program used a null pointer"),
		}
	case c.HasFault && c.Fault == c.RIP:
		return []candidate{add("program.segfault", "SIGSEGV", 46, Possible, "the program jumped to %s, which is not executable", hexText(c.RIP))}
	}
	return []candidate{add("program.segfault", "SIGSEGV", 40, Possible, "the program crashed with SIGSEGV")}
}

// judgeUnborn reads a crash before the program did anything: the file is no program
// for this machine, or is damaged. All registers but rip, rcx (its copy) and the
// stack pointer are still zero.
func (r *run) judgeUnborn() (candidate, bool) {
	c := r.log.Crash
	if syscall.Signal(c.Signal) != syscall.SIGSEGV && syscall.Signal(c.Signal) != syscall.SIGILL && syscall.Signal(c.Signal) != syscall.SIGBUS {
		return candidate{}, false
	}
	if _, whole := c.Regs["rip"]; len(r.words) > 0 || r.calls() > 0 || !whole {
		return candidate{}, false
	}
	for _, reg := range []string{"rax", "rbx", "rdi", "rsi", "rbp", "r12", "r13", "r14", "r15"} {
		if c.Regs[reg] != 0 {
			return candidate{}, false
		}
	}
	program := r.program(nil)
	make := func(id string, points int, text string) (candidate, bool) {
		return candidate{Finding: Finding{ID: id, Subject: program, Summary: fmt.Sprintf(text, program), Evidence: r.crashEvidence()},
			points: points + 30, limit: limitIf(points >= 50, Likely), order: 0}, true
	}
	nativeENOEXEC := r.nativeRefused()
	nativeRan := r.native != nil && len(r.native.events) > 4
	switch {
	case c.RIP == 0 || c.RIP == c.Fault && c.RIP&(pageSize-1) == 0:
		// Entry point 0: at address 0 for an object file, at the load address (the
		// ELF header itself, never executable) for a shared library.
		points := 55
		if c.RIP == 0 && !nativeENOEXEC {
			points = 20 // a file that is no ELF at all looks the same
		}
		return make("bad-program.not-executable", points, "%s has no entry point: it is an object file or a library, not a program")
	case c.RIP>>32 != 0 && c.RIP&0xffffffff > 1<<16 && c.RIP>>32 < 1<<12:
		// 0x34_080495b0: two 32-bit words of an ELF32 header (entry, program headers)
		// read as one 64-bit entry point.
		return make("bad-program.wrong-arch", 55, "%s is a 32-bit program")
	case nativeENOEXEC:
		return make("bad-program.wrong-arch", 55, "%s is built for another machine")
	case c.RIP == c.Fault && c.HasFault:
		// The entry point itself is not mapped: the segment that holds it is missing.
		if nativeRan {
			return make("bad-program.wrong-arch", 25, "%s is not a program for this machine")
		}
		return make("bad-program.corrupt-elf", 50, "the entry point of %s is not in any of its segments: the file is damaged")
	}
	// The first instructions ran and made no sense.
	return make("bad-program.wrong-arch", 30, "%s is built for another machine: its first instructions fault")
}

// nativeRefused reports whether the native kernel refused the program as ENOEXEC.
func (r *run) nativeRefused() bool {
	if r.native == nil {
		return false
	}
	for i := range r.native.events {
		e := &r.native.events[i]
		if wants(e) == wantsExec {
			return e.Err == syscall.ENOEXEC
		}
	}
	return false
}

// calls counts the guest's system calls.
func (r *run) calls() int {
	n := 0
	events := r.events()
	for i := range events {
		if events[i].Kind == strace.KindCall {
			n++
		}
	}
	return n
}

// signalEnd is the kernel's line about a program that a signal ended without a dump, and
// the signal, 0 where the log does not name it: "terminate" stands for many.
//
//	   terminate
//	Process abort: SIGKILL received by thread 2
func (r *run) signalEnd() (sig syscall.Signal, text string) {
	for _, l := range r.log.Kernel {
		switch {
		case strings.Contains(l.Text, "SIGKILL received"):
			sig, text = syscall.SIGKILL, l.Text
		case strings.TrimSpace(l.Text) == "terminate":
			text = l.Text
		}
	}
	for _, e := range r.events() {
		if e.Kind == strace.KindSignal && e.Sig != 0 {
			sig = e.Sig
		}
	}
	return sig, text
}

// judgeSignalEnd reads an end by a signal without a dump.
func (r *run) judgeSignalEnd() []candidate {
	signal, text := r.signalEnd()
	if signal == 0 {
		signal = syscall.SIGTERM // the usual one
	}
	if s := r.native.failedBy(); s != 0 {
		signal = s
	}
	sig := strace.SignalName(signal)
	if text == "" && !r.signalled() {
		return nil
	}
	points := 64
	if r.native.failedBy() != 0 {
		points = 90
	}
	ev := []Evidence{}
	if text != "" {
		ev = append(ev, Evidence{Source: r.in.GuestSource, Text: strings.TrimSpace(text)})
	}
	if l, ok := r.lastWord(); ok {
		ev = append(ev, r.lineEvidence(l))
	}
	return []candidate{{Finding: Finding{ID: "program.signal-self", Subject: sig, Summary: "the program ended itself by a signal", Evidence: ev},
		points: points, limit: Likely, order: 5}}
}

// askedCPUs reports whether the program looked at the number of processors.
func (r *run) askedCPUs() bool {
	for i := range r.events() {
		e := &r.events()[i]
		if strings.HasPrefix(e.Path, "/sys/devices/system/cpu") || e.Name == "sched_getaffinity" || e.Path == "/proc/cpuinfo" || e.Path == "/proc/stat" {
			return true
		}
	}
	return workersWord.MatchString(r.allWords())
}

// cpuCount is the configured number of processors.
func (r *run) cpuCount() string {
	if n := r.setup.cfg.RunConfig.CPUs; n > 1 {
		return fmt.Sprintf("%d vCPUs", n)
	}
	return "1 vCPU"
}

func hexText(v uint64) string { return fmt.Sprintf("0x%x", v) }

// crashEvidence is the dump in two lines.
func (r *run) crashEvidence() []Evidence {
	c := r.log.Crash
	text := fmt.Sprintf("signal %d (%s), code %d", c.Signal, strace.SignalName(syscall.Signal(c.Signal)), c.Code)
	if c.Kernel {
		text = "fault in kernel mode"
	}
	if c.HasFault {
		text += ", fault address " + hexText(c.Fault)
	}
	if c.RIP != 0 {
		text += ", rip " + hexText(c.RIP)
		if c.RIPSymbol != "" {
			text += " (" + c.RIPSymbol + ")"
		}
	}
	return []Evidence{{Source: r.in.GuestSource, Line: c.Line, Text: text}}
}
