package report

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
	"golang.org/x/sys/unix"
)

// Timeline is one guest run beside the native run: what each asked for, in rows by
// what is asked for, in the order of the native run.
type Timeline struct {
	Engine  string // of the guest run
	Round   int
	Outcome string
	Native  string // names of the two logs
	Guest   string
	Items   []TimelineItem
	First   string // what the first difference is about; "" when there is none that matters
	Verdict string // what the row is about on which the verdict rests; "" when there is none
	Line    int    // of the guest's log that shows it; 0 when none does
	Cut     bool   // rows were left out
}

// TimelineItem is a row, or rows that are of one kind, or a gap.
type TimelineItem struct {
	Row     TimelineRow   // when Rows is empty and Gap is 0
	Rows    []TimelineRow // neighbours of one state, the first of them
	State   string        // of Rows
	Summary string        // counts them
	More    int           // of Rows that are not listed
	Gap     int           // rows left out here
}

// States of a row.
const (
	rowSame    = "same"    // the same in both runs
	rowDiffers = "differs" // worked natively, failed in the guest
	rowOther   = "other"   // the other way round, or known as harmless
	rowNative  = "native"  // asked for natively only
	rowGuest   = "guest"   // asked for in the guest only
)

// TimelineRow is what both runs did with one thing.
type TimelineRow struct {
	Kind          string // program, library, file, look-up, call, end
	What          string // soname, path, call
	Native, Guest TimelineCell
	State         string
	First         bool // the first difference that matters
	Verdict       bool // the verdict rests on it
	Finding       int  // 1-based number of the finding whose evidence it is; 0 for none
}

// TimelineCell is what one run did; without Text it did nothing.
type TimelineCell struct {
	Lane   string // native or guest
	Text   string
	Path   string // where What is not all of it
	Line   int    // of the run's log; 0 unknown
	Failed bool
	Link   bool // the page shows that line
}

// accessKinds are the calls that ask for a path: true for those that only look.
var accessKinds = map[string]bool{
	"open": false, "openat": false, "openat2": false, "creat": false, "execve": false, "execveat": false,
	"stat": true, "lstat": true, "newfstatat": true, "fstatat64": true, "statx": true, "access": true, "faccessat": true,
	"faccessat2": true, "readlink": true, "readlinkat": true, "chdir": true, "statfs": true,
}

var soName = lazyregexp.New(`^[\w.+@-]+\.so(\.[\w.+-]*)?$`)

// step is what one run did with one thing, until the outcome changed.
type step struct {
	key, kind, what string
	cell            TimelineCell
	look            bool // only looked at
	count           int
	finding         int
	order           int
	dir             string // where the loader looked last
	errno           string
}

// itself is the key of the program's own start.
const itself = "program"

// maxTurns bounds the steps of one thing: a file that is polled comes and goes for hours.
const maxTurns = 4

// steps is one run on its way into a list of steps.
type steps struct {
	list  []*step
	last  map[string]*step // by key
	turns map[string]int   // by key: how often the outcome changed
	cited map[int]int      // line → finding
	prev  map[int]*step    // by thread
}

// reduce turns the events of a run into steps. cited are the lines on which findings
// rest.
func reduce(events []strace.Event, cited map[int]int) []*step {
	s := &steps{last: map[string]*step{}, turns: map[string]int{}, prev: map[int]*step{}, cited: cited}
	for i := range events {
		e := &events[i]
		if e.Kind == strace.KindCall && e.State != strace.Unfinished && e.State != strace.Unknown {
			s.add(e)
		}
	}
	return s.list
}

func (s *steps) add(e *strace.Event) {
	look, access := accessKinds[e.Name]
	if !access || e.Path == "" {
		if n := s.cited[e.Line]; n > 0 && e.Line > 0 {
			text := resultOf(e)
			s.list = append(s.list, &step{key: fmt.Sprintf("call:%s:%d", e.Name, e.Line), kind: "call", what: e.Name, count: 1, finding: n,
				order: len(s.list), cell: TimelineCell{Text: text, Line: e.Line, Failed: e.Failed()}})
		}
		return
	}
	p := path.Clean(e.Path)
	base := path.Base(p)
	before := s.prev[e.TID]
	if look && before != nil && before.kind == "library" && before.dir == p {
		return // the loader asks whether a directory of its list exists
	}
	st := step{key: p, kind: "file", what: p, count: 1, look: look}
	switch {
	case strings.HasPrefix(e.Name, "execve"):
		st.key, st.kind, st.what = "exec:"+base, "program", base
		if len(s.list) == 0 {
			st.key = itself
		}
	case soName.MatchString(base) && !strings.HasPrefix(base, "ld.so."):
		st.key, st.kind, st.what, st.dir = "lib:"+base, "library", base, path.Dir(p)
	case look:
		st.kind = "look-up"
	}
	// EINVAL of a readlink says that the file is there and no link.
	st.cell = TimelineCell{Line: e.Line, Failed: e.Failed() && !(e.Err == syscall.EINVAL && strings.HasPrefix(e.Name, "readlink"))}
	if st.what != p {
		st.cell.Path = p
	}
	st.errno = errnoName(e.Err)
	st.finding = s.cited[e.Line]
	last := s.last[st.key]
	search := last != nil && last == before && st.kind != "file" && st.kind != "look-up" && last.cell.Failed
	if last != nil && (last.cell.Failed == st.cell.Failed || search || s.turns[st.key] >= maxTurns) {
		last.count++
		last.dir = st.dir
		if last.look = last.look && st.look; last.kind == "look-up" {
			last.kind = st.kind
		}
		if search && !st.cell.Failed { // found after all
			last.cell, last.errno, last.finding, last.count = st.cell, "", st.finding, 1
		} else if st.finding > 0 && last.finding == 0 {
			last.finding, last.cell.Line, last.cell.Path = st.finding, e.Line, st.cell.Path
		}
		s.prev[e.TID] = last
		return
	}
	st.order = len(s.list)
	s.turns[st.key]++
	s.last[st.key], s.prev[e.TID] = &st, &st
	s.list = append(s.list, &st)
}

func errnoName(e syscall.Errno) string {
	if e == 0 {
		return ""
	}
	if n := unix.ErrnoName(e); n != "" {
		return n
	}
	return fmt.Sprintf("error %d", int(e))
}

func resultOf(e *strace.Event) string {
	if e.Failed() {
		return errnoName(e.Err)
	}
	return fmt.Sprintf("returned %d", e.Ret)
}

// words tells what became of a step.
func (st *step) words() TimelineCell {
	c := st.cell
	switch {
	case c.Text != "":
	case c.Failed && st.count > 1 && st.kind == "library":
		c.Text = fmt.Sprintf("not found, %d look-ups (%s)", st.count, st.errno)
	case c.Failed:
		c.Text = st.errno
	case st.kind == "library" && !st.look:
		c.Text = "loaded"
	case st.kind == "program":
		c.Text = "started"
	case st.look:
		c.Text = "found"
	default:
		c.Text = "opened"
	}
	if st.count > 1 && (st.kind != "library" || !c.Failed) {
		c.Text += fmt.Sprintf(" ×%d", st.count)
	}
	return c
}

// NewTimelines compares the native run with the first guest run that failed, and with
// the last one. events gives those of a guest run's log; nil where there are none.
func NewTimelines(r *Report, native []strace.Event, nativeLog string, events func(Run) []strace.Event) []Timeline {
	if len(native) == 0 {
		return nil
	}
	var runs []Run
	for _, run := range r.Runs {
		if run.Engine != "native" && run.Log != "" && !strings.Contains(path.Base(run.Log), "-without-") && !strings.HasSuffix(run.Log, "-untraced.log") {
			runs = append(runs, run)
		}
	}
	if len(runs) == 0 {
		return nil
	}
	first := runs[0]
	for _, run := range runs {
		if run.Outcome == diagnose.OutcomeFailed {
			first = run
			break
		}
	}
	picked := []Run{first}
	if last := runs[len(runs)-1]; last.Log != first.Log {
		picked = append(picked, last)
	}
	var out []Timeline
	for _, run := range picked {
		if list := events(run); len(list) > 0 {
			out = append(out, newTimeline(r, run, native, nativeLog, list))
		}
	}
	return out
}

func newTimeline(r *Report, run Run, native []strace.Event, nativeLog string, guest []strace.Event) Timeline {
	t := Timeline{Engine: run.Engine, Round: run.Round, Outcome: run.Outcome, Native: path.Base(nativeLog), Guest: path.Base(run.Log)}
	rows := align(reduce(native, nil), reduce(guest, citations(r, t.Guest)))
	harmless := map[string]bool{}
	for _, x := range r.Suppressed {
		harmless[x.Subject] = true
	}
	first := -1
	for i := range rows {
		rows[i].judge(harmless)
		if rows[i].matters() && run.Outcome != diagnose.OutcomeOK && (first < 0 || rows[i].guestOrder() < rows[first].guestOrder()) {
			first = i
		}
	}
	out := make([]TimelineRow, 0, len(rows)+1)
	for i := range rows {
		row := rows[i].TimelineRow
		row.First = i == first
		if row.State == rowDiffers && run.Outcome == diagnose.OutcomeOK {
			row.State = rowOther
		}
		if row.State != "" {
			out = append(out, row)
		}
	}
	end := endRow(r, run, native, guest)
	end.First = first < 0 && run.Outcome != diagnose.OutcomeOK && end.State == rowDiffers
	out = append(out, end)
	for i := range out {
		row := &out[i]
		if row.First {
			t.First, t.Line = row.What, row.Guest.Line
		}
		if row.Finding == 1 && t.Verdict == "" && run.Outcome != diagnose.OutcomeOK {
			row.Verdict, t.Verdict = true, row.What
		}
	}
	t.Items, t.Cut = grouped(out)
	return t
}

// citations are the lines of a log on which findings rest.
func citations(r *Report, log string) map[int]int {
	cited := map[int]int{}
	for i, f := range r.Findings {
		for _, e := range f.Evidence {
			if e.Source == log && e.Line > 0 && cited[e.Line] == 0 {
				cited[e.Line] = i + 1
			}
		}
	}
	return cited
}

// pair is a row in the making.
type pair struct {
	TimelineRow
	native, guest *step
}

// maxNamesakes bounds the search for a path that the two runs know by different
// directories: thousands of files may be called __init__.py.
const maxNamesakes = 256

// align brings the steps of both runs that are about one thing into one row. Rows are
// in native order; what only the guest did follows what it did before.
func align(native, guest []*step) []pair {
	var rows []*pair
	byKey := map[string][]*pair{}
	byBase := map[string][]*pair{}
	for _, n := range native {
		p := &pair{native: n}
		rows = append(rows, p)
		byKey[n.key] = append(byKey[n.key], p)
		if base := path.Base(n.key); len(byBase[base]) < maxNamesakes {
			byBase[base] = append(byBase[base], p)
		}
	}
	after := map[*pair][]*pair{}
	var at *pair // nil: before all
	for _, g := range guest {
		p := take(byKey[g.key], func(*pair) bool { return true })
		if p == nil && !ofSystem(g.key) {
			// "/src/main.js" in the guest is "/home/me/project/src/main.js" natively.
			tail := "/" + strings.TrimPrefix(g.key, "/")
			p = take(byBase[path.Base(g.key)], func(p *pair) bool { return strings.HasSuffix(p.native.key, tail) && p.native.kind == g.kind })
		}
		if p == nil {
			p = &pair{}
			after[at] = append(after[at], p)
		}
		p.guest = g
		at = p
	}
	var out []pair
	// What follows is a chain: each guest step hangs on the one before it.
	put := func(p *pair) {
		if p != nil {
			out = append(out, *p)
		}
		for queue := after[p]; len(queue) > 0; {
			q := queue[0]
			out = append(out, *q)
			queue = append(after[q], queue[1:]...)
		}
	}
	put(nil)
	for _, p := range rows {
		put(p)
	}
	return out
}

// ofSystem reports the paths that mean the same on the host and in the guest.
func ofSystem(p string) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	return path.IsAbs(p) && slices.Contains([]string{"usr", "lib", "lib64", "bin", "sbin", "etc", "proc", "sys", "dev", "run", "tmp"}, top)
}

// take returns the first row that the guest is not in yet.
func take(list []*pair, fits func(*pair) bool) *pair {
	for _, p := range list {
		if p.guest == nil && fits(p) {
			return p
		}
	}
	return nil
}

// judge fills the row. A look-up that only tells that something exists leaves it empty:
// there are thousands, and they explain nothing.
func (p *pair) judge(harmless map[string]bool) {
	n, g := p.native, p.guest
	of := n
	if g != nil && (n == nil || !g.look) {
		of = g
	}
	p.Kind, p.What = of.kind, of.what
	if p.Kind == "look-up" && n != nil {
		p.Kind = n.kind // it may have been opened natively
	}
	if n != nil {
		p.Native = n.words()
	}
	if g != nil {
		p.Guest, p.Finding = g.words(), g.finding
	}
	switch {
	case g == nil && of.key == itself: // Nanos starts it; no trace shows that
		p.State, p.Guest.Text = rowSame, "started by the kernel"
	case g == nil && n.look && !n.cell.Failed, n == nil && g.look && !g.cell.Failed,
		n != nil && g != nil && n.look && g.look && !n.cell.Failed && !g.cell.Failed:
	case g == nil:
		p.State = rowNative
	case n == nil:
		p.State = rowGuest
	case n.cell.Failed == g.cell.Failed:
		p.State = rowSame
	case g.cell.Failed && (p.Finding > 0 || !harmless[of.what]):
		p.State = rowDiffers
	default:
		if p.State = rowOther; g.cell.Failed {
			p.Guest.Text += ", harmless"
		}
	}
}

// matters reports whether the guest's run went another way here.
func (p *pair) matters() bool {
	return p.State == rowDiffers || p.guest != nil && p.guest.cell.Failed && p.Finding == 1 && p.State == rowGuest
}

func (p *pair) guestOrder() int { return p.guest.order }

// endRow is how both runs ended.
func endRow(r *Report, run Run, native, guest []strace.Event) TimelineRow {
	row := TimelineRow{Kind: "end", What: "exit or signal", State: rowSame, Guest: endCell(run.Exit, guest), Native: endCell(nil, native)}
	if r.Native != nil {
		row.Native = endCell(r.Native.Exit, native)
	}
	row.Guest.Failed = run.Outcome == diagnose.OutcomeFailed
	if row.Guest.Text != row.Native.Text {
		row.State = rowOther
		if row.Guest.Failed {
			row.State = rowDiffers
		}
	}
	return row
}

func endCell(exit *Exit, events []strace.Event) TimelineCell {
	var c TimelineCell
	var sig syscall.Signal // that no exit followed: it ended the run
	for i := len(events) - 1; i >= 0 && i >= len(events)-1000; i-- {
		e := &events[i]
		if e.Kind == strace.KindSignal || e.Kind == strace.KindExit || e.Name == "exit_group" {
			c.Line, sig = e.Line, e.Sig
			if exit == nil && e.Kind == strace.KindExit {
				exit = NewExit(strace.Exit{Code: int(e.Ret), Signal: e.Sig})
			}
			break
		}
	}
	if c.Text = "not known"; exit != nil {
		c.Text = exit.Words()
	}
	if sig != 0 && (exit == nil || exit.Code != nil && *exit.Code != 0) {
		c.Text = signalName(sig) // the guest's status is the signal's number
	}
	return c
}
