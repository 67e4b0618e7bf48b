package tracelog

import (
	"bytes"
	"strings"
)

// A dump goes to the console in many small pieces, and other CPUs print in between:
//
//	loaded klibs: noise from thread 2 line 132
//	strace@0xffffffffed42b000/0x[5] write(1, 0x000000014e3d1e70, 29) = 29
//	1c000
//
// So each line is held against the shapes below only, and a value that is missing
// behind its label is expected at the beginning of a later line.

// dumpHeads begin a dump.
var dumpHeads = []string{
	"*** signal ",                    // *** signal 11 received by tid 2, errno 0, code 1
	"*** Thread context:",            //
	"*** Syscall context:",           //
	"no fault handler",               // a fault of the kernel itself
	"Process abort: ",                // Process abort: SIGKILL received by thread 2
	"frame trace:",                   // before a failed assertion
	"Page fault on non-user memory ", // up to 0.1.40
	"Unhandled page fault in kernel mode",
	"Page fault outside of thread context", // 0.1.31 to 0.1.38, also for other faults
}

// isDumpHead also takes the headers before 0.1.40 and from 0.1.41 to 0.1.48:
//
//	signal 11 received by tid 1, errno 0, code 1                       0.1.30 to 0.1.39
//	signal 11 (no core generated: limit 0)                             0.1.41 to 0.1.48, all that there is
//	dispatch_signals error: signal 11 resulting in core dump           0.1.18 to 0.1.29, all that there is
//	 interrupt: 0000000000000006 (Invalid opcode (UD2))                0.1.30 to 0.1.39, behind "cpu: 0"
//	interrupt: 000000000000000e                                        2018 and 2019, behind "Page fault"
func isDumpHead(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch b[0] {
	case '*', 'n', 'P', 'f', 'U':
		return hasAny(b, dumpHeads)
	case 'c':
		return isContextHead(b)
	case 's':
		return bytes.HasPrefix(b, []byte("signal ")) && (bytes.Contains(b[:min(len(b), 40)], []byte(" received by tid ")) || isBareSignal(b))
	case 'd':
		return bytes.HasPrefix(b, []byte(dispatched)) && bytes.HasSuffix(b, []byte(" resulting in core dump"))
	case ' ', 'i':
		return isInterrupt(b)
	}
	return false
}

const dispatched = "dispatch_signals error: signal "

// noCores are what 0.1.41 to 0.1.48 say of the core file of a program that a signal
// ended, in parentheses behind the signal; it is the only line about that.
var noCores = []string{"core dumped", "no core generated: ", "failed to open core file", "failed to create core file"}

func isBareSignal(b []byte) bool {
	rest := b[len("signal "):]
	n := 0
	for n < len(rest) && isDigit(rest[n]) {
		n++
	}
	return n > 0 && n < 3 && bytes.HasPrefix(rest[n:], []byte(" (")) && b[len(b)-1] == ')' && hasAny(rest[n+2:], noCores)
}

// isInterrupt takes the line with which the dump of a fault begins that was no signal.
func isInterrupt(b []byte) bool {
	const label = "interrupt: "
	b = bytes.TrimPrefix(b, []byte{' '})
	if !bytes.HasPrefix(b, []byte(label)) || len(b) < len(label)+hexLen || !isHex(b[len(label):len(label)+hexLen]) {
		return false
	}
	rest := b[len(label)+hexLen:]
	return len(rest) == 0 || rest[0] == ' ' && rest[len(rest)-1] == ')'
}

// isContextHead takes the head of a fault in kernel code.
//
//	cpu: 0, context type: 2
func isContextHead(b []byte) bool {
	const before, between = "cpu: ", ", context type: "
	if !bytes.HasPrefix(b, []byte(before)) || len(b) > 40 {
		return false
	}
	cpu, kind, ok := bytes.Cut(b[len(before):], []byte(between))
	return ok && isDigits(cpu) && isDigits(kind)
}

// dumpValue is the form of what follows a label.
type dumpValue uint8

const (
	noValue    dumpValue = iota
	wordValue            // 000000000000000e (Page fault), 00000000006e4149\t(crash + 0…/0…)
	addrValue            // 20, behind "0x"
	typeValue            // thread
	klibsValue           // strace@0xffffffffa0ad5000/0x1c000 tls@0x…/0x…
	restValue            // the rest of the line, whatever it is
)

var dumpLabels = []struct {
	label string
	value dumpValue
}{
	{"    fault address 0x", addrValue}, {"   fault address 0x", addrValue},
	{"lastvector: ", wordValue}, {" interrupt: ", wordValue}, {"     frame: ", wordValue},
	{"      type: ", typeValue}, {"active_cpu: ", wordValue}, {" stack top: ", wordValue},
	{"error code: ", wordValue}, {"   address: ", wordValue}, {"rflags: ", wordValue},
	{"fsbase: ", wordValue}, {"gsbase: ", wordValue}, {"kernel load offset ", wordValue},
	{"frame trace:", restValue}, {"stack trace:", restValue}, {"loaded klibs: ", klibsValue},
	{"cpu ", restValue}, // cpu 0000000000000000, state kernel, vector 000000000000000d
}

// contextTypes are the values of "type:" (kernel.h).
var contextTypes = []string{"thread", "syscall", "kernel", "undefined", "pthread", "kernel thread"}

var registerNames = []string{
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
	"r13", "r14", "r15", "rip", "ss", "cs", "ds", "es",
}

const hexLen = 16

// splitDump takes a line apart: head is what belongs to the dump, rest what other
// output follows it in the line; want is what a torn line before still lacks, and
// lacks what this one does. ok is false when nothing of the line is a dump's.
func splitDump(b []byte, want dumpValue) (head, rest []byte, lacks dumpValue, ok bool) {
	if isDumpHead(b) {
		return b, nil, noValue, true
	}
	if want != noValue {
		if n := want.length(b); n > 0 {
			if want == klibsValue && n < len(b) {
				lacks = want // torn once more
			}
			return b[:n], b[n:], lacks, true
		}
	}
	// A word of the stack, up to 0.1.31 without its address, and 0.2's head of them.
	if len(b) == hexLen && isHex(b) || string(b) == "stack " {
		return b, nil, want, true
	}
	label, value := dumpLabel(b)
	if label == 0 || value == restValue && b[0] == 'c' && !bytes.Contains(b, []byte(", vector ")) {
		return nil, b, want, false
	}
	n := label + value.length(b[label:])
	if n == label && value != restValue && value != klibsValue || value == klibsValue && n < len(b) {
		lacks = value
	}
	return b[:n], b[n:], lacks, true
}

// dumpLabel returns the length of the label that b begins with, 0 if there is none, and
// the form of the value behind it.
func dumpLabel(b []byte) (n int, value dumpValue) {
	if len(b) < 4 {
		return 0, noValue
	}
	for _, l := range dumpLabels {
		if bytes.HasPrefix(b, []byte(l.label)) {
			return len(l.label), l.value
		}
	}
	// rip: 0000000000401139	(title_len + 0000000000000000/000000000000002c)      2018 and 2019
	if i := bytes.IndexByte(b[:min(len(b), 11)], ':'); i > 0 && len(b) >= i+2+hexLen && b[i+1] == ' ' && isHex(b[i+2:i+2+hexLen]) && isOldRegister(b[:i]) {
		return i + 2, wordValue
	}
	// 00000000ffe39cf8:   0000000000545176
	if len(b) >= hexLen+4 && string(b[hexLen:hexLen+4]) == ":   " && isHex(b[:hexLen]) {
		return hexLen + 4, wordValue
	}
	// "   rip: ", "    r8: ": names are right-aligned in six columns
	if len(b) >= 8 && b[6] == ':' && b[7] == ' ' && b[0] == ' ' {
		if isRegister(bytes.TrimLeft(b[:6], " ")) {
			return 8, wordValue
		}
	}
	return 0, noValue
}

// isOldRegister takes the labels of the dumps of 2018 and 2019, which are not aligned.
func isOldRegister(name []byte) bool {
	switch string(name) {
	case "frame", "address", "flags", "error code":
		return true
	}
	return isRegister(name)
}

func isRegister(name []byte) bool {
	for _, r := range registerNames {
		if string(name) == r {
			return true
		}
	}
	return false
}

// length returns how much of b is a value of that form, 0 when it does not begin with one.
func (v dumpValue) length(b []byte) int {
	switch v {
	case wordValue:
		return wordLen(b)
	case addrValue:
		return len(hexPrefix(string(b[:min(len(b), hexLen)])))
	case typeValue:
		for _, t := range contextTypes {
			if string(b) == t {
				return len(b)
			}
		}
	case klibsValue:
		return klibsLen(b)
	case restValue:
		return len(b)
	}
	return 0
}

// wordLen is the length of "000000000000000e", with a symbol or the name of the vector
// behind it if there is one.
func wordLen(b []byte) int {
	if len(b) < hexLen || !isHex(b[:hexLen]) {
		return 0
	}
	if len(b) == hexLen {
		return hexLen
	}
	if tail := b[hexLen:]; (tail[0] == '\t' || tail[0] == ' ') && len(tail) > 1 && tail[1] == '(' {
		if e := bytes.LastIndexByte(tail, ')'); e > 0 {
			return hexLen + e + 1
		}
	}
	return hexLen
}

// klibsLen is the length of the part of b that may be a list of klibs, or a torn piece
// of one: "strace@0xffffffffed42b000/0x", "1c000 ".
func klibsLen(b []byte) int {
	if !bytes.Contains(b, []byte("@0x")) {
		if w := bytes.Trim(b, " "); len(w) == 0 || len(w) <= hexLen && isHex(w) {
			return len(b)
		}
		return 0
	}
	i := 0
	for i < len(b) && (isLower(b[i]) || isDigit(b[i]) || strings.IndexByte("_@/ ", b[i]) >= 0) {
		i++
	}
	return i
}
