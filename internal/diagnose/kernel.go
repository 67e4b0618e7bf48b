package diagnose

import (
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

// kernelSays are messages of the Nanos kernel that name the cause. Ranges and samples
// are of 0.1.37 to July 2026.
var kernelSays = []statement{
	// program startup failed on exec: (result:couldn't find program interpreter /lib64/ld-linux-x86-64.so.2)      0.1.48+
	{re: lazyregexp.New(`couldn't find program interpreter ([^\s)]+)`), id: "missing-lib.interpreter", summary: "the ELF interpreter %s is not in the image"},
	// program startup failed before exec: (result:missing dependencies for shmem klib)      0.1.51+; 0.1.50 without the name
	{re: lazyregexp.New(`missing dependencies for (\w+) klib`), id: "ops.klib-dependency", summary: "the klib %s needs another klib, which is not in the image"},
	{re: lazyregexp.New(`missing klib dependencies`), id: "ops.klib-dependency", subject: (*run).lonelyKlib, summary: "a klib (%s) needs another klib, which is not in the image"},
	// Out of memory: cannot allocate 4194304 bytes
	{re: lazyregexp.New(`Out of memory: cannot allocate \d+ bytes|failed to allocate pagecache_page|page fill failed with \(result:out of memory\)|page fault: out of memory|cannot get physical page|v: [0-9a-f]+, p: f{16},|heap_free\(parent\) > reserved failed|unhandled demand page failure`), id: "resource.memory", subject: func(r *run, _ []string) string { return r.memoryAmount() }, summary: "the guest's memory does not suffice (%s)"},
	// assertion … failed at …/special_files.c … in register_special_files()
	{re: lazyregexp.New(`assertion .* in (?:register_special_files|init_special_files|create_special_file)\b|assertion .*special_files?\.c|assertion create_special_file\(|special file .*(?:exists|already)`), id: "kernel.special-file-clash", subject: (*run).clashing, summary: "the image holds a file that the kernel makes itself: %s"},
	// assertion retry_klibs != INVALID_ADDRESS failed at …/klib.c:325 (IP 0x…)  in init_klib(); halt      0.1.36 to 0.1.50
	{re: lazyregexp.New(`assertion retry_klibs|in init_klib\(\)`), judge: missingKlib, summary: "the kernel stopped because the klib %s is not in the image"},
	// klib automatic load failed (4), after "syslog configuration not specified"
	{re: lazyregexp.New(`(klib automatic load failed.*)`), id: "kernel.assert", summary: "the kernel stopped before the program: %s"},
	// program startup failed on exec: (result:unable to open program file /nope)      0.1.54+; before: unable to resolve program path "/nope"
	{re: lazyregexp.New(`unable to (?:open program file|resolve program path) "?([^\s")]+)`), id: "ops.program-not-found", summary: "the program %s is not in the image"},
	// read program failed (fsstatus:3 result:no such file (none))      0.1.37 to 0.1.40
	{re: lazyregexp.New(`read program failed .*no such file`), id: "ops.program-not-found", subject: (*run).program, summary: "the program %s is not in the image"},
	// load_elf error: failed to parse elf file, len 18; check file image consistency      up to 0.1.52
	{re: lazyregexp.New(`failed to parse (?:elf )?file, len (\d+)`), id: "bad-program.corrupt-elf", subject: (*run).program, summary: "the kernel cannot read %s as an ELF file"},
	// storage: mount point /x not found      0.1.41+
	{re: lazyregexp.New(`mount point ["']?([^\s"']+)["']? not found|invalid mount point ["']?([^\s"']+)`), id: "missing-data.directory", summary: "the mount point %s does not exist in the image"},
	{re: lazyregexp.New(`cannot mount filesystem(.*)`), id: "missing-data.volume-not-mounted", summary: "the kernel cannot mount a volume%s"},
	{re: lazyregexp.New(`(assertion .* failed at .*)|(no fault handler)|(kernel panic.*)|(assertion .* failed in .*)|(.*; halt$)`), id: "kernel.assert", summary: "the kernel itself stopped: %s"},
}

// fellShort finds a page that could not be filled in a program that survived the
// signal: Go's runtime turns it into a message and ends by itself.
//
//	[0.578113] page fill failed with (result:out of memory)
//	fatal error: fault
func (r *run) fellShort() []candidate {
	for _, l := range r.log.Kernel {
		if !notFatal.MatchString(l.Text) || outOfRange.MatchString(l.Text) {
			continue
		}
		p := 64
		if faultWords.MatchString(r.allWords()) {
			p = 96
		}
		return []candidate{{Finding: Finding{ID: "resource.memory", Subject: r.memoryAmount(), Summary: "the guest's memory does not suffice",
			Evidence: []Evidence{r.lineEvidence(l)}}, points: p, order: 1}}
	}
	return nil
}

var faultWords = lazyregexp.New(`(?i)SIGBUS|bus error|fatal error: fault|unexpected fault address|out of memory|bad_alloc`)

// notFatal are kernel messages that are a cause only when the program died of it.
var notFatal = lazyregexp.New(`page fill failed|unhandled demand page|cannot get physical page`)

// judgeKernel reads the kernel's own statement of what stopped the run.
func (r *run) judgeKernel() (candidate, bool) {
	lines := append(append([]tracelog.Line{}, r.log.Kernel...), r.log.Ops...) // the boot loader's lines count as Ops's
	if r.log.Crash != nil && r.log.Crash.Kernel {
		lines = append(lines, r.log.Crash.Text...)
	}
	lines = distinct(lines)
	for _, s := range kernelSays {
		for _, l := range lines {
			c, ok := r.statement(s, l)
			if ok && (l.Text == "no fault handler" || strings.HasPrefix(c.Subject, "klib automatic")) {
				// A damaged program file or image makes the kernel fault, too.
				c.stated, c.points, c.limit = false, 60, Possible
			}
			if !ok || (notFatal.MatchString(l.Text) && !r.died()) {
				continue
			}
			if c.ID == "kernel.assert" && r.loadingProgram() {
				c = r.notLoaded(l)
			}
			if d := r.log.Crash; c.ID == "kernel.assert" && d != nil && !d.Kernel && d.Line < l.N {
				continue // it stopped over the program's fault
			}
			if r.wentOnAfter(l) { // a kernel that stopped, and a program that did not
				c.stated, c.limit = false, Likely
			}
			return c, true
		}
	}
	if c := r.log.Crash; c != nil && c.Kernel {
		if r.loadingProgram() {
			return r.notLoaded(tracelog.Line{N: c.Line, Text: firstOf(c.RIPSymbol, "fault in the kernel")}), true
		}
		out := candidate{Finding: Finding{ID: "kernel.assert", Subject: firstOf(c.RIPSymbol, "fault in the kernel"),
			Summary:  "the kernel itself stopped with a fault",
			Evidence: r.crashEvidence()}, points: 100, stated: true}
		last := c.Line
		if n := len(c.Text); n > 0 {
			last = c.Text[n-1].N
		}
		if r.goesOnBehind(last) {
			out.stated, out.limit = false, Likely
		}
		return out, true
	}
	return candidate{}, false
}

// loaders are the kernel's functions that read the program and its interpreter, by the
// names of all releases: a kernel that stops in one of them got a file that is no ELF, or
// a damaged one.
//
//	rip: ffffffff8009e2e1	(exec_elf + 0000000000000161/0000000000001278)
var loaders = lazyregexp.New(`^(?:exec_elf\w*|load_elf\w*|elf_\w+|elf_load\w*|walk_elf)\b`)

// loadingProgram: the kernel's own fault lies in a function that reads the program, before
// that printed or called anything.
func (r *run) loadingProgram() bool {
	c := r.log.Crash
	if c == nil || !c.Kernel || r.calls() > 0 {
		return false
	}
	if loaders.MatchString(c.RIPSymbol) {
		return true
	}
	for _, w := range append(append([]tracelog.StackWord{}, c.Frames...), c.Stack...) {
		if loaders.MatchString(w.Symbol) {
			return true
		}
	}
	return false
}

// notLoaded is the verdict on such a fault.
func (r *run) notLoaded(l tracelog.Line) candidate {
	program := r.program(nil)
	return candidate{Finding: Finding{ID: "bad-program.not-elf", Subject: program, Summary: "the kernel faulted while it read " + program + ": it is no ELF program, or a damaged one",
		Evidence: append([]Evidence{r.lineEvidence(l)}, r.crashEvidence()...)}, points: 60, limit: Possible}
}

// wentOnAfter reports whether the program called or printed after a line of the kernel
// that says it stopped. On several processors a last call may come behind it; a program
// that prints the kernel's words itself goes on likewise.
func (r *run) wentOnAfter(l tracelog.Line) bool {
	return (r.log.End == tracelog.EndHalt || r.log.End == tracelog.EndExit) && r.goesOnBehind(l.N)
}

// goesOnBehind reports whether the program called or printed behind line at of the same boot.
func (r *run) goesOnBehind(at int) bool {
	end := math.MaxInt
	for _, n := range r.log.BootLines {
		if n > at {
			end = n
			break
		}
	}
	if n := len(r.words); n > 0 && r.words[n-1].N > at && r.words[n-1].N < end {
		return true
	}
	events := r.events()
	i := sort.Search(len(events), func(i int) bool { return events[i].Line > at })
	return i < len(events) && events[i].Line < end
}

// distinct keeps the first of equal lines: a reboot loop repeats few of them for ever.
func distinct(lines []tracelog.Line) []tracelog.Line {
	seen := map[string]bool{}
	return slices.DeleteFunc(lines, func(l tracelog.Line) bool {
		again := seen[l.Text]
		seen[l.Text] = true
		return again
	})
}

// died reports whether the guest ended other than by its own exit.
func (r *run) died() bool {
	return r.log.Crash != nil || r.log.End == tracelog.EndSignal || r.log.End == tracelog.EndHalt ||
		r.in.Status != nil && *r.in.Status != 0 || !r.traced() && r.saidAt > 0
}

// lonelyKlib is the configured klib whose dependency is not configured.
func (r *run) lonelyKlib([]string) string { return strings.Join(r.setup.cfg.Klibs, ", ") }

// missingKlib: --trace on a release without the strace klib, or any other klib.
func missingKlib(r *run, _ []string) (id, subject string) {
	name := ""
	for _, l := range r.log.Ops {
		if m := opsKlib.FindStringSubmatch(l.Text); m != nil {
			if m[1] == "strace" {
				return "ops.trace-klib", "strace"
			}
			name = m[1]
		}
	}
	return "ops.klib-not-found", firstOf(name, strings.Join(r.setup.cfg.Klibs, ", "))
}

// clashing is a configured path that the kernel registers itself.
func (r *run) clashing([]string) string {
	if r.table != nil {
		for _, f := range r.table.SpecialFiles(r.version) {
			if has := r.in.GuestHas; has != nil && has(f.Path) {
				return f.Path
			}
			for _, dir := range r.setup.imageDirs() {
				if dir != "/" && under(f.Path, dir) {
					return f.Path
				}
			}
		}
	}
	return "a path below /proc, /sys or /dev"
}

const amountUnknown = "amount not known"

// memoryAmount is the configured memory, as the subject of resource.memory.
func (r *run) memoryAmount() string {
	if m := r.setup.cfg.RunConfig.Memory; m != "" || r.in.Engine != "ops" {
		return firstOf(m, amountUnknown) // a log does not tell the flags of the run
	}
	return "2G" // Ops's default
}
