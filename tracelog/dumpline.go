package tracelog

import "bytes"

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
	case 's':
		return bytes.HasPrefix(b, []byte("signal ")) && bytes.Contains(b[:min(len(b), 40)], []byte(" received by tid "))
	}
	return false
}

// labels of a dump line, with the form of the value behind them.
var dumpLabels = []struct {
	label string
	hex   bool // 16 hex digits follow, perhaps a symbol; else any text
}{
	{"    fault address 0x", false}, {"   fault address 0x", false},
	{"lastvector: ", true}, {" interrupt: ", true}, {"     frame: ", true}, {"      type: ", false},
	{"active_cpu: ", true}, {" stack top: ", true}, {"error code: ", true}, {"   address: ", true},
	{"rflags: ", true}, {"fsbase: ", true}, {"gsbase: ", true}, {"kernel load offset ", true},
	{"frame trace:", false}, {"stack trace:", false}, {"loaded klibs:", false},
	{"cpu ", false}, // cpu 0000000000000000, state kernel, vector 000000000000000d
}

var registerNames = []string{
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
	"r13", "r14", "r15", "rip", "ss", "cs", "ds", "es",
}

const hexLen = 16

// splitDump takes a line apart: head is what belongs to the dump, rest what other
// output follows it in the line. ok is false when nothing of the line is a dump's.
func splitDump(b []byte, wantValue bool) (head, rest []byte, ok bool) {
	if isDumpHead(b) {
		return b, nil, true
	}
	if wantValue {
		if n := valueLen(b); n > 0 {
			return b[:n], b[n:], true
		}
	}
	label, hex := dumpLabel(b)
	switch {
	case label == 0:
		return nil, b, false
	case !hex:
		if bytes.HasPrefix(b, []byte("cpu ")) && !bytes.Contains(b, []byte(", vector ")) {
			return nil, b, false
		}
		if bytes.HasPrefix(b, []byte("loaded klibs:")) {
			if v := b[label:]; len(v) > 1 && klibsLen(v[1:]) < len(v)-1 {
				n := label + 1 + klibsLen(v[1:])
				return b[:n], b[n:], true
			}
		}
		return b, nil, true
	case len(b) == label:
		return b, nil, true
	}
	n := valueLen(b[label:])
	return b[:label+n], b[label+n:], true
}

// dumpLabel returns the length of the label that b begins with, 0 if there is none.
func dumpLabel(b []byte) (n int, hex bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, l := range dumpLabels {
		if bytes.HasPrefix(b, []byte(l.label)) {
			return len(l.label), l.hex
		}
	}
	// 00000000ffe39cf8:   0000000000545176
	if len(b) >= hexLen+4 && string(b[hexLen:hexLen+4]) == ":   " && isHex(b[:hexLen]) {
		return hexLen + 4, true
	}
	// "   rip: ", "    r8: ": names are right-aligned in six columns
	if len(b) >= 8 && b[6] == ':' && b[7] == ' ' && b[0] == ' ' {
		name := bytes.TrimLeft(b[:6], " ")
		for _, r := range registerNames {
			if string(name) == r {
				return 8, true
			}
		}
	}
	return 0, false
}

// valueLen is the length of "000000000000000e", with a symbol or the name of the vector
// behind it if there is one; 0 when b is no value.
func valueLen(b []byte) int {
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

// klibsLen is the length of the part of b that may be a list of klibs,
// "strace@0xffffffffa0ad5000/0x1c000 tls@0x…/0x… ", or a torn piece of one.
func klibsLen(b []byte) int {
	if !bytes.Contains(b, []byte("@0x")) {
		if n := len(bytes.TrimRight(b, " ")); n > 0 && n <= hexLen && isHex(b[:n]) {
			return len(b)
		}
		return 0
	}
	n := 0
	for _, f := range bytes.SplitAfter(b, []byte{' '}) {
		w := bytes.TrimRight(f, " ")
		if len(w) > 0 && !bytes.Contains(w, []byte("@0x")) {
			break
		}
		n += len(f)
	}
	return n
}
