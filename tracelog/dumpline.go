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
}

// isDumpHead also takes the header of 0.1.39 and earlier, "signal 11 received by tid 2,
// errno 0, code 1".
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
		return bytes.HasPrefix(b, []byte("signal ")) && bytes.Contains(b[:min(len(b), 40)], []byte(" received by tid "))
	}
	return false
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
	// 00000000ffe39cf8:   0000000000545176
	if len(b) >= hexLen+4 && string(b[hexLen:hexLen+4]) == ":   " && isHex(b[:hexLen]) {
		return hexLen + 4, wordValue
	}
	// "   rip: ", "    r8: ": names are right-aligned in six columns
	if len(b) >= 8 && b[6] == ':' && b[7] == ' ' && b[0] == ' ' {
		name := bytes.TrimLeft(b[:6], " ")
		for _, r := range registerNames {
			if string(name) == r {
				return 8, wordValue
			}
		}
	}
	return 0, noValue
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
