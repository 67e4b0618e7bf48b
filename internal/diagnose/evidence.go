package diagnose

import (
	"fmt"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// evidence of an access: the guest's line, and the native one where there is one.
func (r *run) accessEvidence(a access) []Evidence {
	if a.at < 0 { // known from a message only
		return nil
	}
	ev := []Evidence{r.eventEvidence(a.at)}
	if a.lib != nil && len(a.lib.tried) > 1 {
		ev[0].Text = fmt.Sprintf("%s not found in %d directories (%s)", a.lib.name, a.lib.dirs(), callText(&r.events()[a.at]))
	}
	if a.count > 2 && a.lib == nil {
		ev[0].Text += fmt.Sprintf(" (%d times)", a.count)
	}
	if a.fate.ok && r.native != nil && a.fate.at < len(r.native.events) {
		ev = append(ev, Evidence{Source: r.in.NativeSource, Line: a.fate.line, Text: "natively: " + callText(&r.native.events[a.fate.at])})
	}
	return ev
}

// eventEvidence quotes one event of the guest.
func (r *run) eventEvidence(i int) Evidence {
	e := &r.events()[i]
	return Evidence{Source: r.in.GuestSource, Line: e.Line, Text: callText(e)}
}

// callText is a call in one line: `openat("/data/x") = -ENOENT`.
func callText(e *strace.Event) string {
	var b strings.Builder
	b.WriteString(e.Name)
	b.WriteByte('(')
	switch {
	case e.Path != "" && e.Path2 != "":
		fmt.Fprintf(&b, "%q, %q", e.Path, e.Path2)
	case e.Path != "":
		fmt.Fprintf(&b, "%q", e.Path)
	default:
		b.WriteString(e.Args)
	}
	b.WriteByte(')')
	switch {
	case e.State == strace.Unfinished:
		b.WriteString(" did not return")
	case e.Err != 0:
		b.WriteString(" = -" + strace.ErrnoName(e.Err))
	default:
		fmt.Fprintf(&b, " = %d", e.Ret)
	}
	return b.String()
}
