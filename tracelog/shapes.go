package tracelog

import (
	"bytes"
	"time"
)

// message is a line of the kernel that stands at the beginning of a line, with or
// without the time stamp of 0.1.53.
type message struct {
	prefix   string
	contains string // must follow somewhere behind the prefix; "" = nothing more
	rest     rest   // what the text behind the prefix must be
	min, max string // versions that print it like this; "" = open
	end      End    // what it says about the end of the run; EndUnknown = nothing
	goesOn   bool   // it is an end only without a time stamp
}

// rest is what may follow the prefix of a message.
type rest uint8

const (
	anyRest  rest = iota
	noRest        // nothing: the prefix is the line
	callRest      // the name of a call
)

// messages are kernel lines; the program's own lines are everything that nothing here
// or in the other tables claims, so a prefix must be one that programs do not print.
var messages = []message{
	// en1: assigned 10.0.2.15
	// handled by assigned() because the name of the interface varies

	// NET: starting DHCP for interface en1
	{prefix: "NET: starting DHCP"},
	{prefix: "NET: no network interface found"},
	// read program complete: 0xffff810000000000 gitversion: 5371b48376559ca2…
	{prefix: "read program complete: ", contains: "gitversion: ", max: "0.1.52"},
	{prefix: "read program complete: ", contains: "(children:", max: "0.1.9"},
	{prefix: "gitversion: "},

	// assertion retry_klibs != INVALID_ADDRESS failed at …/src/kernel/klib.c:325 (IP 0x…)  in init_klib(); halt
	{prefix: "assertion ", contains: " failed at ", end: EndHalt},
	// assertion n failed in /…/src/runtime/metadata.h: resolve_path() on line 44; halt
	{prefix: "assertion ", contains: " failed in ", max: "0.1.38", end: EndHalt},
	// program startup failed on exec: (result:unable to open program file /nope)
	{prefix: "program startup failed ", contains: "unable to open program file", min: "0.1.54", end: EndHalt},
	{prefix: "program startup failed ", contains: "missing dependencies for", min: "0.1.51", end: EndHalt},
	{prefix: "program startup failed ", min: "0.1.48", end: EndHalt},
	// unable to resolve program path "/nope"
	{prefix: "unable to resolve program path ", min: "0.1.48", max: "0.1.53", end: EndHalt},
	{prefix: "missing klib dependencies", max: "0.1.50", end: EndHalt},
	{prefix: "klib automatic load failed", end: EndHalt},
	{prefix: "failed to parse program arguments", end: EndHalt},
	{prefix: "program arguments must be a vector or tuple", end: EndHalt},
	{prefix: "multiple root filesystems found", end: EndHalt},
	{prefix: "couldn't find program interpreter ", max: "0.1.47", end: EndHalt},
	// load_elf error: failed to parse elf file, len 18; check file image consistency
	{prefix: "load_elf error: ", max: "0.1.52"},
	// elf_symbols error: failed to parse elf file, len 3000; check file image consistency
	{prefix: "elf_symbols error: ", max: "0.1.40"},
	// read program failed (fsstatus:3 result:no such file (none))
	{prefix: "read program failed ", max: "0.1.47", end: EndHalt},
	// what 0.1.18 to 0.1.29 say behind "dispatch_signals error: …"
	{prefix: "unimplemented signal", max: "0.1.29"},
	// a handler on an alternate stack, as every Go program has one: the machine stops
	{prefix: "SA_ONSTACK ...", max: "0.1.24", end: EndHalt},
	// 2018 and 2019, behind a dump: the guest waits for a debugger, for ever
	{prefix: "starting gdb", max: "0.1.29"},
	// the boot of 2018 (0.2)
	{prefix: "create fs", max: "0.1.9"}, {prefix: "kernel complete", max: "0.1.9"}, {prefix: "pages heap: ", max: "0.1.9"},
	{prefix: "physical memory:", max: "0.1.9"}, {prefix: "   base 0", max: "0.1.9"}, {prefix: "Using HPET clock source.", max: "0.1.9"},
	{prefix: "init net page alloc ", max: "0.1.9"}, {prefix: "build exec stack ", max: "0.1.9"},
	// nosyscall fork: a call that the kernel does not have. 0.2 to 0.8, of 2018, say so
	// without being asked to trace, and tell the program ENOENT.
	{prefix: "nosyscall ", rest: callRest, max: "0.1.9"},
	// the last line of every run of 0.2, without a line end: the program called it, with
	// whatever status
	{prefix: "exit_group", rest: noRest, max: "0.1.9", end: EndExit},
	// map: ran out of page table memory
	{prefix: "map: ran out of page table memory", max: "0.1.24", end: EndHalt},
	// map() called with unaligned paramters!
	//  v: 0000000040a00000, p: ffffffffffffffff, length: 0000000000200000, flags: …      (no page to give)
	{prefix: "map() called with unaligned", max: "0.1.17"}, {prefix: " v: 0", contains: ", p: ", max: "0.1.17"},
	{prefix: "new_zeroed_pages error: ", max: "0.1.52"}, {prefix: "do_demand_page error: ", max: "0.1.36"},
	{prefix: "elf load: failed to parse file", min: "0.1.53"},
	{prefix: "Out of memory: cannot allocate ", contains: " bytes", end: EndHalt, goesOn: true},
	{prefix: "Terminating."},

	// pending_fault_complete error: page fill failed with (result:out of memory)
	{prefix: "pending_fault_complete error: ", max: "0.1.52"},
	{prefix: "pending_fault_complete: page fill failed", max: "0.1.52"},
	{prefix: "page fill failed with ", min: "0.1.53"},
	{prefix: "page fault: out of memory, program killed", min: "0.1.53"},
	{prefix: "unhandled demand page failure "},
	{prefix: "cannot get physical page"},
	{prefix: "storage_shutdown error: "},
	{prefix: "storage: mount point "},
	{prefix: "storage: invalid mount point "},
	{prefix: "log_level: invalid value "},
	// SCSI SENSE 70 00 05 00 …: KEY 5, ASC/ASCQ 21/00
	{prefix: "SCSI SENSE ", contains: "ASC/ASCQ"},
	{prefix: "core dump write fail: "},
	{prefix: "core dump truncated; limit reached"},
}

// messagesBy and machineBy hold the tables by the first byte of the line, since every
// line of a program's output is held against them.
var (
	messagesBy = func() (by [256][]*message) {
		for i := range messages {
			c := messages[i].prefix[0]
			by[c] = append(by[c], &messages[i])
		}
		return by
	}()
	machineBy = func() (by [256][]string) {
		for _, p := range machineLines {
			by[p[0]] = append(by[p[0]], p)
		}
		return by
	}()
)

// findMessage returns the entry for the text of a kernel line, nil when there is none.
func findMessage(text []byte) *message {
	if len(text) == 0 {
		return nil
	}
	for _, m := range messagesBy[text[0]] {
		if m.matches(text) {
			return m
		}
	}
	return nil
}

func (m *message) matches(text []byte) bool {
	behind, ok := bytes.CutPrefix(text, []byte(m.prefix))
	if !ok {
		return false
	}
	switch m.rest {
	case noRest:
		return len(behind) == 0
	case callRest:
		return names.lookup(behind) != ""
	}
	return m.contains == "" || bytes.Contains(behind, []byte(m.contains))
}

// assignedOld begins the line up to 0.1.31: assigned: 10.0.2.15
const assignedOld = "assigned: "

// assigned finds "en1: assigned 10.0.2.15", also behind output without a newline
// ("no newline at enden1: assigned 10.0.2.15"), and returns where the interface begins.
func assigned(b []byte) (at int, ok bool) {
	if rest, ok := bytes.CutPrefix(b, []byte(assignedOld)); ok {
		return 0, len(rest) > 6 && len(bytes.Trim(rest, "0123456789.")) == 0
	}
	i := bytes.Index(b, []byte(": assigned "))
	if i < 3 {
		return 0, false
	}
	j := i
	for j > 0 && isDigit(b[j-1]) {
		j--
	}
	if j == i || j < 2 || string(b[j-2:j]) != "en" {
		return 0, false
	}
	addr := b[i+len(": assigned "):]
	for _, c := range addr {
		if !(isHex([]byte{c | 0x20}) || c == '.' || c == ':') {
			return 0, false
		}
	}
	return j - 2, len(addr) > 0
}

// klogStamp parses the time stamp of kernel lines since 0.1.53, and returns its length.
// The six decimals tell it from the header of a trace line.
//
//	[0.971199] en1: assigned 10.0.2.15
func klogStamp(b []byte) (t time.Duration, n int) {
	i := 1
	var sec, micros int64
	for i < len(b) && i < 12 && isDigit(b[i]) {
		sec = sec*10 + int64(b[i]-'0')
		i++
	}
	if i == 1 || i+9 > len(b) || b[i] != '.' || b[i+7] != ']' || b[i+8] != ' ' {
		return 0, 0
	}
	for _, c := range b[i+1 : i+7] {
		if !isDigit(c) {
			return 0, 0
		}
		micros = micros*10 + int64(c-'0')
	}
	return time.Duration(sec)*time.Second + time.Duration(micros)*time.Microsecond, i + 9
}

// findKlog looks for a kernel line that output without a newline has run into.
//
//	no newline at end[4.787627] en1: assigned 10.0.2.15
func findKlog(b []byte) int {
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], '[')
		if i < 0 {
			return -1
		}
		if _, n := klogStamp(b[from+i:]); n > 0 {
			return from + i
		}
		from += i + 1
	}
}

// fates are the last words of the kernel about a program that a signal ended.
var fates = []string{"   core dump", "   terminate", "   stop", "   core dump (unimplemented)"}

func isFate(b []byte) bool {
	for _, f := range fates {
		if string(b) == f {
			return true
		}
	}
	return false
}

// findFate looks for a fate behind output without a newline ("raise SIGTERM   terminate").
func findFate(b []byte) int {
	if n := len(b); n == 0 || b[n-1] != 'p' && b[n-1] != 'e' && b[n-1] != ')' { // of all of them
		return -1
	}
	for _, f := range fates {
		if bytes.HasSuffix(b, []byte(f)) {
			return len(b) - len(f)
		}
	}
	return -1
}
