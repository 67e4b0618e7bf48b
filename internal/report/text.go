package report

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// DefaultWidth is the columns that text is laid out for where no terminal says
// otherwise.
const DefaultWidth = 100

// TextOptions says how Text lays out a report.
type TextOptions struct {
	Width  int
	Colour bool
	All    bool // every bundle entry, suppressed finding and dropped file

	tally string // preflight's last line
}

// maxEntries is how many bundle entries are listed before the rest is counted:
// a module tree of thousands of files must not bury the verdict.
const maxEntries = 12

// Text writes the report for a person: the verdict first, the next command last,
// the evidence between.
func Text(w io.Writer, r *Report, opt TextOptions) error {
	if opt.Width == 0 {
		opt.Width = DefaultWidth
	}
	t := &text{opt: opt}
	// What still stops the program is the verdict; what was mended before it got that
	// far comes after.
	main := r.Cause
	if r.Remaining != nil {
		main = *r.Remaining
	}
	t.verdict(r.Outcome, main)
	t.checks(r.Checks)
	t.evidence(main)
	if r.Remaining != nil {
		if f := main.Fix; f != nil && f.Summary != "" {
			t.paragraph("help", f.Summary)
		}
		t.line("")
		t.right("before that: "+shorten(Escape(r.Cause.Summary), t.opt.Width-len(r.Cause.ID)-16), r.Cause.ID, dim)
		t.evidence(r.Cause)
	}
	t.fix(r)
	t.repeats(r.Repeats)
	t.cloud(r.Cloud)
	t.others(r)
	t.footer(r)
	_, err := io.WriteString(w, t.b.String())
	return err
}

type text struct {
	b   strings.Builder
	opt TextOptions
}

func (t *text) line(format string, args ...any) {
	fmt.Fprintf(&t.b, format+"\n", args...)
}

// paint wraps s in an SGR sequence on a coloured terminal.
func (t *text) paint(sgr, s string) string {
	if !t.opt.Colour || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

const (
	bold   = "1"
	red    = "1;31"
	green  = "1;32"
	yellow = "33"
	dim    = "2"
)

// right puts a and b on one line with b at the right edge, or on two lines where
// they do not fit. b is plain text, which sgr colours; a may be painted.
func (t *text) right(a, b, sgr string) {
	gap := t.opt.Width - columns(a) - utf8.RuneCountInString(b)
	switch {
	case b == "":
		t.line("%s", a)
	case gap >= 2:
		t.line("%s%s%s", a, strings.Repeat(" ", gap), t.paint(sgr, b))
	default:
		t.line("%s", a)
		t.line("%*s%s", max(4, t.opt.Width-utf8.RuneCountInString(b)), "", t.paint(sgr, b))
	}
}

// columns counts what a terminal shows of s, which is escaped but for paint's own
// sequences.
func columns(s string) int {
	n := utf8.RuneCountInString(s)
	for {
		_, rest, found := strings.Cut(s, "\x1b[")
		if !found {
			return n
		}
		sgr, after, _ := strings.Cut(rest, "m")
		n -= len("\x1b[m") + len(sgr)
		s = after
	}
}

// verdict is the first line: what happened, and its id at the right edge.
func (t *text) verdict(outcome string, c diagnose.Finding) {
	tag := c.ID
	if c.Confidence != "" && (!strings.HasPrefix(c.ID, "none.") || c.Confidence == diagnose.Possible) {
		tag += "  " + string(c.Confidence)
	}
	sgr := red
	if outcome == "ok" {
		sgr = green
	}
	summary := Escape(c.Summary)
	gap := t.opt.Width - utf8.RuneCountInString(summary) - utf8.RuneCountInString(tag)
	if gap >= 2 {
		t.line("%s%s%s", t.paint(bold, summary), strings.Repeat(" ", gap), t.paint(sgr, tag))
	} else {
		for _, l := range wrap(summary, t.opt.Width) {
			t.line("%s", t.paint(bold, l))
		}
		t.line("%*s%s", max(0, t.opt.Width-utf8.RuneCountInString(tag)), "", t.paint(sgr, tag))
	}
}

func (t *text) evidence(c diagnose.Finding) {
	if len(c.Evidence) == 0 {
		return
	}
	t.line("")
	for _, e := range c.Evidence {
		where := Escape(e.Source)
		if e.Line > 0 {
			where = fmt.Sprintf("%s:%d", where, e.Line)
		}
		room := t.opt.Width - utf8.RuneCountInString(where) - 4
		t.right("  "+shorten(Escape(e.Text), max(room, 40)), where, dim)
	}
}

func (t *text) checks(checks []Check) {
	if len(checks) == 0 {
		return
	}
	t.line("")
	for _, c := range checks {
		sgr := green
		switch c.Status {
		case "FAIL":
			sgr = red
		case "warn", "skip":
			sgr = yellow
		}
		left := fmt.Sprintf("  %s  %-22s ", t.paint(sgr, fmt.Sprintf("%-4s", c.Status)), c.Name)
		lines := wrap(Escape(c.Text), max(t.opt.Width-columns(left), 40))
		for i, l := range lines {
			if i == len(lines)-1 {
				t.right(left+l, c.ID, sgr)
				break
			}
			t.line("%s", left+l)
			left = strings.Repeat(" ", columns(left))
		}
		for _, d := range c.Detail {
			t.line("          %s", shorten(Escape(d), max(t.opt.Width-10, 40)))
		}
	}
}

func (t *text) fix(r *Report) {
	f := r.Cause.Fix
	if f == nil || f.Summary == "" {
		return
	}
	label := "help"
	if f.Verified {
		label = "fixed by"
	}
	t.paragraph(label, f.Summary)
	if r.Config != nil && r.Config.Diff != "" {
		t.line("")
		name := r.Config.File
		switch {
		case r.Config.New && r.Config.Written:
			name += " (new, written)"
		case r.Config.New:
			name += " (new)"
		case r.Config.Written:
			name += " (written; the old text is in " + r.Config.File + ".bak)"
		}
		t.line("  %s", name)
		for _, l := range diffBody(r.Config.Diff) {
			sgr := ""
			switch l[0] {
			case '+':
				sgr = "32"
			case '-':
				sgr = "31"
			}
			t.line("    %s", t.paintIf(sgr, Escape(l)))
		}
		if strings.Contains(r.Config.Diff, `"`+hiddenText+`"`) || strings.Contains(r.Config.Diff, "="+hiddenText+`"`) {
			t.line("  (%s stands for the value of a variable, which may be secret; --write puts in the value)", hiddenText)
		}
	}
	if r.Bundle != nil && len(r.Bundle.Entries) > 0 {
		t.bundle(r.Bundle)
	}
	t.minimised(r.Minimised)
}

// minimised says what was taken from the bundle again.
func (t *text) minimised(m *Minimised) {
	if m == nil {
		return
	}
	more := ""
	if m.Stopped {
		more = "; stopped there, more may be unneeded"
	}
	if m.Entries == 0 {
		t.line("    minimised: none of it proved unneeded in %s%s", Count(m.Runs, "run", "runs"), more)
		return
	}
	t.line("    minimised: %s, %s, proved unneeded in %s%s", Count(m.Entries, "entry", "entries"), Size(m.Size), Count(m.Runs, "run", "runs"), more)
}

// cloud prints commands as they are typed: they are not wrapped.
func (t *text) cloud(c *Cloud) {
	if c == nil {
		return
	}
	t.line("")
	t.line("  on %s:", Escape(c.Platform))
	for _, command := range c.Commands {
		t.line("    %s", Escape(command))
	}
	if len(c.Lacks) > 0 {
		t.line("    the configuration lacks %s", strings.Join(c.Lacks, ", "))
	}
}

// paragraph prints wrapped text after a label of ten columns.
func (t *text) paragraph(label, text string) {
	t.line("")
	for i, l := range wrap(Escape(text), t.opt.Width-10) {
		if i > 0 {
			label = ""
		}
		t.line("%s%s", t.paint(bold, fmt.Sprintf("%-10s", label)), l)
	}
}

func (t *text) paintIf(sgr, s string) string {
	if sgr == "" {
		return s
	}
	return t.paint(sgr, s)
}

// diffBody drops the file names and hunk marks of a unified diff: the file is
// named above it, and the lines speak for themselves.
func diffBody(diff string) []string {
	var out []string
	for _, l := range strings.Split(strings.TrimRight(diff, "\n"), "\n") {
		if l == "" || strings.HasPrefix(l, "---") || strings.HasPrefix(l, "+++") || strings.HasPrefix(l, "@@") || strings.HasPrefix(l, "diff ") {
			continue
		}
		out = append(out, l)
	}
	return out
}

// order of the kinds in the bundle list: libraries first, since they are what the
// tool is for.
var kindOrder = []struct{ kind, one, many string }{
	{"library", "library", "libraries"},
	{"cache", "loader cache", "loader caches"},
	{"link", "symbolic name", "symbolic names"},
	{"data", "data file", "data files"},
	{"dir", "directory", "directories"},
}

// Counts says what a bundle holds in words: "1 library, 2 symbolic names, 336 KiB".
func (b *Bundle) Counts() string {
	n := map[string]int{}
	for _, e := range b.Entries {
		n[e.Kind]++
	}
	var parts []string
	for _, k := range kindOrder {
		if n[k.kind] > 0 {
			parts = append(parts, Count(n[k.kind], k.one, k.many))
		}
	}
	return strings.Join(append(parts, Size(b.Size)), ", ")
}

func (t *text) bundle(b *Bundle) {
	t.line("")
	t.line("  %s: %s", Escape(strings.TrimSuffix(b.Dir, "/")), b.Counts())
	rows := bundleRows(b, t.opt.All)
	for i, r := range rows {
		if i == maxEntries && !t.opt.All {
			t.line("    and %d more (--all lists them)", len(rows)-i)
			break
		}
		left := shortPath(Escape(r.left), t.opt.Width*6/10)
		t.right("    "+left, shorten(Escape(r.right), max(20, t.opt.Width-utf8.RuneCountInString(left)-6)), dim)
	}
	if t.opt.All {
		t.packages(b)
	}
	if n := len(b.Unasked); n > 0 {
		t.line("    the passing run never asked for %d of these (--minimise drops what proves unneeded)", n)
	}
	if offer := FamilyOffer(b.Families); offer != "" {
		t.line("")
		for _, l := range wrap(Escape(offer), t.opt.Width-2) {
			t.line("  %s", l)
		}
	}
}

// packages adds up what each package of this system brings.
func (t *text) packages(b *Bundle) {
	type sum struct {
		name  string
		files int
		size  int64
	}
	var sums []sum
	at := map[string]int{}
	for _, e := range b.Entries {
		if e.From == "" {
			continue
		}
		name := e.Package
		if name == "" {
			name = "no package"
		}
		i, ok := at[name]
		if !ok {
			i = len(sums)
			at[name], sums = i, append(sums, sum{name: name})
		}
		sums[i].files++
		sums[i].size += e.Size
	}
	if len(at) == 0 || len(at) == 1 && sums[0].name == "no package" {
		return
	}
	slices.SortStableFunc(sums, func(a, b sum) int { return cmp.Compare(b.size, a.size) })
	t.line("")
	t.line("  by package:")
	for _, s := range sums {
		t.right("    "+Escape(s.name), Count(s.files, "file", "files")+"  "+Size(s.size), dim)
	}
}

// FamilyOffer offers what other inputs may load, in one sentence; "" for nothing.
func FamilyOffer(families []Family) string {
	var offers []string
	for _, f := range families {
		if !f.Included {
			offers = append(offers, fmt.Sprintf("%s (%s, %s)", f.Name, Count(f.Files, "file", "files"), Size(f.Size)))
		}
	}
	if len(offers) == 0 {
		return ""
	}
	return "other inputs may load more; --include-family NAME adds it: " + strings.Join(offers, ", ")
}

type bundleRow struct{ left, right string }

// bundleRows lists libraries one by one, since they are what the tool is for, and
// data by directory, since a module tree has thousands of files. A family, which no run
// has asked for, is one row.
func bundleRows(b *Bundle, all bool) []bundleRow {
	var rows []bundleRow
	if !all {
		rows = familyRows(b)
	}
	for _, k := range kindOrder {
		files, size := map[string]int{}, map[string]int64{}
		var dirs []string
		only := map[string]string{} // directory → its only file
		for _, e := range b.Entries {
			if e.Kind != k.kind || e.Family != "" && !all {
				continue
			}
			if e.Kind == "data" && !all {
				d := path.Dir(e.To)
				if files[d] == 0 {
					dirs = append(dirs, d)
				}
				only[d] = e.To
				files[d]++
				size[d] += e.Size
				continue
			}
			what := Size(e.Size)
			switch {
			case e.Link != "":
				what = "-> " + e.Link
			case e.Kind == "dir":
				what = "directory"
			}
			rows = append(rows, bundleRow{e.To, what + "  " + e.Why})
		}
		for _, d := range dirs {
			if files[d] == 1 {
				rows = append(rows, bundleRow{only[d], Size(size[d])})
				continue
			}
			rows = append(rows, bundleRow{strings.TrimSuffix(d, "/") + "/", Count(files[d], "file", "files") + "  " + Size(size[d])})
		}
	}
	return rows
}

func familyRows(b *Bundle) []bundleRow {
	files, size := map[string]int{}, map[string]int64{}
	var names []string
	for _, e := range b.Entries {
		if e.Family == "" {
			continue
		}
		if files[e.Family] == 0 {
			names = append(names, e.Family)
		}
		files[e.Family]++
		size[e.Family] += e.Size
	}
	slices.Sort(names)
	var rows []bundleRow
	for _, n := range names {
		rows = append(rows, bundleRow{"the family " + n, Count(files[n], "entry", "entries") + "  " + Size(size[n])})
	}
	return rows
}

func (t *text) others(r *Report) {
	first := true
	for _, f := range r.Findings {
		if same(f, r.Cause) || (r.Remaining != nil && same(f, *r.Remaining)) {
			continue
		}
		if first {
			t.line("")
			t.line("%s", t.paint(bold, "also found"))
			first = false
		}
		t.right("  "+shorten(Escape(f.Summary), t.opt.Width-len(f.ID)-len(f.Confidence)-6), f.ID+"  "+string(f.Confidence), dim)
		if f.Fix != nil && f.Fix.Summary != "" {
			label := "    help: "
			for _, l := range wrap(Escape(f.Fix.Summary), t.opt.Width-len(label)) {
				t.line("%s%s", label, l)
				label = "          "
			}
		}
	}
	for _, a := range r.Advice {
		t.paragraph("next", a)
	}
}

func same(a, b diagnose.Finding) bool { return a.ID == b.ID && a.Subject == b.Subject }

func (t *text) footer(r *Report) {
	t.line("")
	if n := len(r.Suppressed); n > 0 {
		if t.opt.All {
			t.line("  also seen, harmless:")
			for _, s := range r.Suppressed {
				t.line("    %s  (%s)", shorten(Escape(s.Subject), t.opt.Width*6/10), Escape(s.Reason))
			}
		} else {
			t.line("  also seen, harmless: %s (--all shows them)", Count(n, "failed probe", "failed probes"))
		}
	}
	for i, a := range r.Accepted {
		if i == maxEntries && !t.opt.All {
			t.line("  accepted: %d more (--all lists them)", len(r.Accepted)-i)
			break
		}
		t.line("  accepted: %s %s  (%s)", a.ID, shorten(Escape(a.Subject), t.opt.Width/2), Escape(a.Reason))
	}
	if r.Bundle != nil && len(r.Bundle.Dropped) > 0 {
		if t.opt.All {
			t.line("  used natively, left out on purpose:")
			for _, d := range r.Bundle.Dropped {
				t.line("    %s  (%s)", shorten(Escape(d.Path), t.opt.Width*6/10), Escape(d.Reason))
			}
		} else {
			t.line("  used natively, left out on purpose: %s (--all shows them)", Count(len(r.Bundle.Dropped), "path", "paths"))
		}
	}
	if len(r.Incomplete) == 0 {
		t.line("  not checked: nothing")
	}
	for i, s := range r.Incomplete {
		label := "  not checked: "
		if i > 0 {
			label = "               "
		}
		for j, l := range wrap(Escape(s), t.opt.Width-len(label)) {
			if j > 0 {
				label = "               "
			}
			t.line("%s%s", label, l)
		}
	}
	if r.RunDir != "" {
		t.line("  run directory: %s", Escape(r.RunDir))
	}
	if t.opt.tally != "" {
		t.line("")
		t.line("%s", t.paint(bold, t.opt.tally))
	}
	if r.Next != "" {
		t.line("")
		t.line("%s", t.paint(bold, Escape(r.Next)))
	}
}

// wrap breaks s at spaces into lines of at most n columns; a longer word stays whole.
func wrap(s string, n int) []string {
	var lines []string
	cur := ""
	for _, w := range strings.Fields(s) {
		switch {
		case cur == "":
			cur = w
		case utf8.RuneCountInString(cur)+1+utf8.RuneCountInString(w) <= n:
			cur += " " + w
		default:
			lines = append(lines, cur)
			cur = w
		}
	}
	return append(lines, cur)
}
