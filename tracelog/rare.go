package tracelog

import "bytes"

const (
	missingBegin = "missing_files_begin"
	missingEnd   = "missing_files_end"

	// % time      seconds   usecs/call        calls       errors syscall
	summaryHead = "% time      seconds "
	summaryRule = "------ ------------ "
	booting     = "booting /"
)

// rare classifies every line that is no trace line and has no time stamp: little in a
// traced log, most of a plain one.
func (s *scanner) rare(b []byte, whole bool, n int) error {
	if s.inOps {
		return s.beforeGuest(b, whole, n)
	}
	if done, err := s.inSection(b, whole, n); done {
		return err
	}
	if len(b) == 0 {
		return s.output(b, whole, n)
	}
	if s.holding {
		if done, err := s.splitName(b, n); done {
			return err
		}
	}
	switch b[0] {
	case '%':
		if bytes.HasPrefix(b, []byte(summaryHead)) {
			s.section = inSummary
			s.dropBlank()
			return s.put(ItemSummary, b, n)
		}
	case 'm':
		if string(b) == missingBegin {
			s.section = inMissing
			return s.put(ItemMissing, b, n)
		}
	case ' ':
		if isFate(b) {
			s.section = noSection
			s.dropBlank()
			return s.put(ItemDump, b, n)
		}
	case 'b', 'r', 'v', 0x1b:
		if isBooting(stripANSI(b)) {
			s.section = noSection
			return s.ops(b, n)
		}
		if isOpsAgain(b) {
			s.section, s.inOps = noSection, true
			return s.ops(b, n)
		}
	}
	if isDumpHead(b) {
		s.section, s.want = inDump, noValue
		s.dropBlank()
		return s.put(ItemDump, b, n)
	}
	if findMessage(b) != nil {
		return s.kernel(b, 0, n)
	}
	if isMachineLine(b) {
		return s.ops(b, n)
	}
	return s.glued(b, whole, n)
}

// beforeGuest takes lines while Ops builds and starts the image. Everything is Ops's
// until "booting", or until the guest shows itself where that line is missing.
func (s *scanner) beforeGuest(b []byte, whole bool, n int) error {
	if isBooting(stripANSI(b)) {
		s.inOps = false
		return s.ops(b, n)
	}
	if at, ok := assigned(b); ok && at == 0 || bytes.HasPrefix(b, []byte("*** signal ")) {
		s.inOps = false
		return s.rare(b, whole, n)
	}
	return s.ops(b, n)
}

// inSection takes the lines of the block that the scanner is in; done is false for a
// line that some other party printed in between.
func (s *scanner) inSection(b []byte, whole bool, n int) (done bool, err error) {
	switch s.section {
	case inMissing:
		if string(b) == missingEnd {
			s.section = noSection
		}
		if isDumpHead(b) || bytes.HasPrefix(b, []byte(summaryHead)) || findOpsEnd(b) >= 0 { // the end was torn
			s.section = noSection
			return false, nil
		}
		return true, s.put(ItemMissing, b, n)
	case inSummary:
		if bytes.HasPrefix(b, []byte(summaryRule)) {
			return true, s.put(ItemSummary, b, n)
		}
		if c, ok := parseCount(b); ok {
			if c.Name == summaryTotal {
				s.section = noSection
			}
			return true, s.put(ItemSummary, b, n)
		}
	case inDump:
		if len(b) == 0 {
			return true, s.put(ItemDump, b, n)
		}
		head, rest, lacks, ok := splitDump(b, s.want)
		if !ok {
			return false, nil
		}
		s.want = lacks
		if err := s.put(ItemDump, head, n); err != nil {
			return true, err
		}
		if len(rest) == 0 {
			return true, nil
		}
		return true, s.classify(rest, whole, n, false)
	}
	return false, nil
}

// glued takes output apart from what follows it in the same line.
func (s *scanner) glued(b []byte, whole bool, n int) error {
	if at := findOpsEnd(b); at >= 0 {
		return s.cut(b, at, n, func(rest []byte) error { return s.ops(rest, n) })
	}
	if bytes.IndexByte(b, ']') >= 0 {
		if at := findCall(b, &s.item.Call); at >= 0 {
			s.inOps, s.traced = false, true
			return s.cut(b, at, n, func(rest []byte) error { return s.put(ItemCall, rest, n) })
		}
		if at := findKlog(b); at > 0 {
			return s.cut(b, at, n, func(rest []byte) error { return s.classify(rest, whole, n, false) })
		}
	}
	if s.details {
		if at := findDetail(b, &s.item.Detail); at >= 0 {
			return s.cut(b, at, n, func(rest []byte) error { return s.put(ItemDetail, rest, n) })
		}
	}
	if s.main {
		if at := findMain(b, &s.item.Detail); at >= 0 {
			return s.cut(b, at, n, func(rest []byte) error { return s.put(ItemDetail, rest, n) })
		}
	}
	if !s.stamped {
		if at, ok := assigned(b); ok {
			return s.cut(b, at, n, func(rest []byte) error { return s.kernel(rest, 0, n) })
		}
	}
	if at := findFate(b); at > 0 {
		return s.cut(b, at, n, func(rest []byte) error { return s.rare(rest, whole, n) })
	}
	if at := len(b) - len(missingBegin); at > 0 && string(b[at:]) == missingBegin {
		return s.cut(b, at, n, func(rest []byte) error { return s.rare(rest, whole, n) })
	}
	return s.output(b, whole, n)
}

// cut passes on b[:at] as unfinished output and gives the rest to then.
func (s *scanner) cut(b []byte, at, n int, then func([]byte) error) error {
	if at > 0 {
		if err := s.putOutput(b[:at], n, true); err != nil {
			return err
		}
	}
	return then(b[at:])
}

// output passes on a line of the program, or holds it back if the next line decides.
func (s *scanner) output(b []byte, whole bool, n int) error {
	if whole && (len(b) == 0 || nameStart(b) >= 0) {
		if s.holding {
			if err := s.release(); err != nil {
				return err
			}
		}
		s.hold = append(s.hold[:0], b...)
		s.holdLine, s.holding = n, true
		return nil
	}
	return s.putOutput(b, n, !whole)
}

// dropBlank lets go of an empty line that the kernel printed before a block of its own.
func (s *scanner) dropBlank() {
	if s.holding && len(s.hold) == 0 {
		s.holding = false
	}
}

// nameStart returns where b ends in the beginning of a thread header, -1 if it does not.
func nameStart(b []byte) int {
	tail := b[max(0, len(b)-maxThreadName):]
	i := bytes.LastIndexByte(tail, '[')
	if i < 0 || bytes.IndexByte(tail[i:], ']') >= 0 {
		return -1
	}
	return len(b) - len(tail) + i
}

// splitName takes the second line of a call whose thread name contains a newline.
//
//	no newline[nl
//	name] write(1, 0x000000000073a062, 10) = 10
func (s *scanner) splitName(b []byte, n int) (done bool, err error) {
	i := bytes.Index(b[:min(len(b), maxThreadName+2)], []byte("] "))
	if i < 0 {
		return false, nil
	}
	start := nameStart(s.hold)
	if start < 0 || len(s.hold)-start+i > maxThreadName+1 {
		return false, nil
	}
	joined := append(append(append([]byte(nil), s.hold[start:]...), '\n'), b...)
	if parseBody(joined, 1, len(joined)-len(b)+i, &s.item.Call) != complete {
		return false, nil
	}
	s.holding = false
	if start > 0 {
		if err := s.putOutput(s.hold[:start], s.holdLine, true); err != nil {
			return true, err
		}
	}
	s.traced = true
	return true, s.put(ItemCall, joined, s.holdLine)
}

// isPlain reports whether a line that begins no section is output and nothing else. It
// asks what rare and glued ask.
func isPlain(b []byte, details, stamped bool, call *Call, detail *Detail) bool {
	switch b[0] {
	case '%', 'm', 'b', 'r', 'v', 0x1b:
		return false
	}
	if isDumpHead(b) || findMessage(b) != nil || isMachineLine(b) || bytes.IndexByte(b, 0x1b) >= 0 {
		return false
	}
	if bytes.IndexByte(b, ']') >= 0 && (findCall(b, call) >= 0 || findKlog(b) > 0) {
		return false
	}
	if details && findDetail(b, detail) >= 0 {
		return false
	}
	if !stamped {
		if _, ok := assigned(b); ok {
			return false
		}
	}
	return findFate(b) < 0 && !bytes.HasSuffix(b, []byte(missingBegin)) && nameStart(b) < 0
}
