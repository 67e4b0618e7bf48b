package tracelog

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	// maxDumpLines bounds Crash.Text: a full dump has about 90 lines, with a system call
	// context 150.
	maxDumpLines = 400
	maxDumpLine  = 1 << 10
	// maxWords bounds a frame or stack trace; the kernel prints 32 words at most.
	maxWords = 256
	// maxKlibs bounds the text of the list of klibs.
	maxKlibs = 8 << 10
)

// dumpPart says which list the words of a dump belong to.
type dumpPart uint8

const (
	partRegs dumpPart = iota
	partFrames
	partStack
)

// crashReader puts a Crash together from the lines of a dump.
type crashReader struct {
	crash  *Crash
	part   dumpPart
	fault  bool   // the dump is of an exception that the kernel made no signal of
	stated bool   // "no fault handler": it is the kernel's fault whatever the registers say
	frame  uint64 // where the kernel saved the registers
	second bool   // in the dump of the system call context: the first one counts
	label  string // printed without its value
	klibs  string // text of the list of klibs, which may come in pieces
}

// starts reports whether a dump line is the header of a crash. "frame trace:" alone
// belongs to a failed assertion.
func startsCrash(b []byte) bool {
	return isDumpHead(b) && !bytes.HasPrefix(b, []byte("frame trace:"))
}

// add takes a line of the dump; whole dumps of a later crash in the same boot are left
// out, since the first one is the cause.
func (r *crashReader) add(b []byte, n int) {
	if r.crash == nil {
		if !startsCrash(b) {
			return
		}
		r.crash = &Crash{Line: n, Regs: map[string]uint64{}}
	}
	c := r.crash
	line := string(b[:min(len(b), maxDumpLine)])
	if len(c.Text) < maxDumpLines {
		c.Text = append(c.Text, Line{n, line})
	}
	switch {
	case strings.HasPrefix(line, "*** signal "), strings.HasPrefix(line, "signal "), strings.HasPrefix(line, dispatched):
		c.header(line)
	case strings.HasPrefix(line, "Process abort: "):
		// Process abort: SIGKILL received by thread 2
		for cause, sig := range abortSignals {
			if strings.Contains(line, cause) {
				c.Signal = sig
			}
		}
		c.TID = leadingInt(after(line, "by thread "))
	case isInterrupt(b):
		r.fault = true
		r.second = r.second || len(c.Regs) > 0 // the kernel faults again: the first dump counts
		r.field(line)
	case strings.HasPrefix(line, "no fault handler"), strings.HasPrefix(line, "Unhandled page fault in kernel"),
		strings.HasPrefix(line, "Page fault outside of thread"), c.Signal == 0 && isContextHead(b):
		c.Kernel = true
		r.stated = strings.HasPrefix(line, "no fault handler")
	case strings.HasPrefix(line, "*** Syscall context:"):
		c.InSyscall, r.second = true, true
	case strings.HasPrefix(line, "*** Thread context:"):
		r.part = partRegs
	case strings.HasPrefix(line, "frame trace:"):
		r.part = partFrames
	case strings.HasPrefix(line, "stack trace:"), line == "stack ":
		r.part = partStack
	case r.part == partStack && len(line) == hexLen && isHex(b):
		v, _ := strconv.ParseUint(line, 16, 64)
		r.word(StackWord{Addr: c.RSP + 8*uint64(len(c.Stack)), Value: v})
	default:
		r.field(line)
	}
	if c.Signal == 0 && r.fault && !r.second && !r.stated {
		r.place()
	}
}

// place says whose fault it was that the kernel calls no signal: the code segment tells,
// or, where the dump has none, the address of the instruction.
func (r *crashReader) place() {
	c := r.crash
	cs, segments := c.Regs["cs"]
	_, old := c.Regs["flags"] // of 2018 and 2019, without segments
	switch {
	case old && c.RIP == r.frame: // the kernel jumped into what it saved
		c.Kernel = true
	case segments && cs&3 == 3, !segments && old && c.RIP < lowKernel:
		c.Signal, c.Kernel = vectorSignals[c.Vector], false
	case segments, old:
		c.Kernel = true
	}
}

// lowKernel is where the kernel of 2018 begins (0x7fff80000000 in 0.2, above later).
const lowKernel = 0x7fff80000000

// vectorSignals are the signals that stand for exceptions of the processor.
var vectorSignals = map[int]int{0: 8, 1: 5, 3: 5, 4: 11, 5: 11, 6: 4, 12: 7, 13: 11, 14: 11, 16: 8, 17: 7, 19: 8}

// abortSignals are the causes in "Process abort: …" (check_stop_conditions, thread.c).
var abortSignals = map[string]int{"SIGKILL": 9, "SIGSEGV": 11, "SIGSTOP": 19}

// *** signal 11 received by tid 2, errno 0, code 1
func (c *Crash) header(line string) {
	if c.Signal != 0 {
		return
	}
	c.Signal = leadingInt(after(line, "signal "))
	c.TID = leadingInt(after(line, "tid "))
	c.Code = leadingInt(after(line, "code "))
}

// field takes "   rip: 00000000006e4149\t(crash + …)", " stack top: 0000000000000000",
// "00000000ffe39cf8:   0000000000545176".
func (r *crashReader) field(line string) {
	c := r.crash
	if _, rest, ok := strings.Cut(line, "fault address 0x"); ok {
		if v, err := strconv.ParseUint(hexPrefix(rest), 16, 64); err == nil && !c.HasFault {
			c.Fault, c.HasFault = v, true
		}
		return
	}
	if rest, ok := strings.CutPrefix(line, "loaded klibs:"); ok {
		r.addKlibs(rest)
		return
	}
	if r.label == "" && r.klibs != "" && dumpValue(klibsValue).length([]byte(line)) == len(line) {
		r.addKlibs(line)
		return
	}
	if rest, ok := strings.CutPrefix(line, "kernel load offset "); ok {
		r.value("kernel load offset", rest)
		return
	}
	if rest, ok := strings.CutPrefix(line, "cpu "); ok && strings.Contains(rest, ", vector ") {
		// cpu 0000000000000000, state kernel, vector 000000000000000d
		c.Kernel = c.Kernel || strings.Contains(rest, "state kernel")
		return
	}
	key, val, ok := strings.Cut(line, ":")
	if !ok {
		if r.label != "" { // the value of a torn line
			r.value(r.label, line)
		}
		return
	}
	r.value(strings.TrimSpace(key), strings.TrimSpace(val))
}

// value stores a value under the label of its line, or remembers the label when the
// value is still to come.
func (r *crashReader) value(key, val string) {
	c := r.crash
	r.label = ""
	if key == "type" {
		if val == "" {
			r.label = key
		}
		c.Kernel = c.Kernel || val == "kernel" && c.Signal == 0
		return
	}
	hex := hexPrefix(val)
	if hex == "" {
		r.label = key
		return
	}
	v, err := strconv.ParseUint(hex, 16, 64)
	if err != nil || r.second {
		return
	}
	symbol := ""
	if i := strings.IndexByte(val, '('); i >= 0 {
		symbol = strings.TrimSuffix(val[i+1:], ")")
	}
	switch key {
	case "lastvector", "interrupt":
		c.Vector = int(v)
	case "error code":
		c.ErrorCode = v
	case "address":
		if !c.HasFault {
			c.Fault, c.HasFault = v, true
		}
	case "kernel load offset":
		c.LoadOffset = v
	case "frame":
		r.frame = v
	case "active_cpu", "stack top":
	default:
		if len(key) == hexLen && isHex([]byte(key)) {
			addr, _ := strconv.ParseUint(key, 16, 64)
			r.word(StackWord{addr, v, symbol})
			return
		}
		if r.part != partRegs {
			return
		}
		c.Regs[key] = v
		switch key {
		case "rip":
			c.RIP, c.RIPSymbol = v, symbol
		case "rsp":
			c.RSP = v
		}
	}
}

func (r *crashReader) word(w StackWord) {
	c := r.crash
	switch {
	case r.part == partFrames && len(c.Frames) < maxWords:
		c.Frames = append(c.Frames, w)
	case r.part == partStack && len(c.Stack) < maxWords:
		c.Stack = append(c.Stack, w)
	}
}

func (r *crashReader) addKlibs(s string) {
	if len(r.klibs)+len(s) > maxKlibs {
		return
	}
	r.klibs += s
	r.crash.Klibs = strings.Fields(r.klibs)
}

func after(s, key string) string {
	_, rest, _ := strings.Cut(s, key)
	return rest
}

// leadingInt reads the number, perhaps negative, that s begins with; 0 if it does not.
func leadingInt(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	n, _ := strconv.Atoi(s[:i])
	return n
}

func hexPrefix(s string) string {
	i := 0
	for i < len(s) && i < hexLen && ('0' <= s[i] && s[i] <= '9' || 'a' <= s[i] && s[i] <= 'f') {
		i++
	}
	return s[:i]
}
