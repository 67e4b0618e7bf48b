package strace

import "strings"

// tornLine is a call whose line something else broke into: on a terminal the
// program's own output does, and strace itself:
//
//	write(1, "hello\n", 6hello
//	)                  = 6
//	clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLDstrace: Process 25778 attached
//	, child_tidptr=0x7f4f68b8ca10) = 25778
type tornLine struct {
	text string
	line int // 0: none
	more int // lines joined so far

	notices []string // strace's own messages that stood in it
}

// Bounds of what is worth mending: a program that prints more than this within
// one write is no longer told from a log that was cut.
const (
	maxTornLines = 16
	maxTornBytes = 64 << 10
)

// mend joins line, which is no record of its own, to the torn call before it.
func (r *logReader) mend(line string) (bool, error) {
	text, notice := cutNotice(line)
	if r.torn.line == 0 {
		p := parsePrefix(line)
		if _, open := callName(p.rest); open >= 0 && len(line) <= maxTornBytes {
			r.torn = tornLine{text: text, line: r.line}
			r.torn.note(notice)
		}
		return false, nil
	}
	if len(r.torn.text)+len(line) > maxTornBytes || r.torn.more == maxTornLines {
		r.torn = tornLine{}
		return false, nil
	}
	r.torn.text += text
	r.torn.note(notice)
	r.torn.more++
	here := r.line
	r.line = r.torn.line
	understood, err := r.parse(r.torn.text)
	r.line = here
	if !understood || err != nil {
		return understood, err
	}
	// The call that the notice broke into may be the one that made the task.
	for _, n := range r.torn.notices {
		if _, err := r.notice(n); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (t *tornLine) note(notice string) {
	if notice != "" {
		t.notices = append(t.notices, notice)
	}
}

// cutNotice cuts off the message that strace printed into the line.
func cutNotice(line string) (text, notice string) {
	if i := strings.LastIndex(line, "strace: Process "); i >= 0 {
		if _, ok := attached(line[i:]); ok {
			return strings.Clone(line[:i]), strings.Clone(line[i:])
		}
	}
	return strings.Clone(line), ""
}
