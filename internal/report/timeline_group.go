package report

import "strings"

// Bounds of what the page shows of a timeline. A row weighs about 300 bytes, so a
// timeline stays below 70 KB.
const (
	minGroup   = 4  // rows of one state from which they are shown as one line
	maxInGroup = 40 // rows that one group lists
	maxItems   = 90 // items of one timeline; beyond, the middle goes
	maxListed  = 120
	maxWhat    = 90 // characters of a path
)

// grouped folds neighbours of one state, so that thousands of rows stay a page. Rows
// that somebody looks for, and the one before the first difference, stay alone.
func grouped(rows []TimelineRow) (items []TimelineItem, cut bool) {
	alone := func(i int) bool {
		r := rows[i]
		return r.First || r.Finding > 0 || r.State == rowDiffers || r.Kind == "end" || r.Kind == "program" || i+1 < len(rows) && rows[i+1].First
	}
	listed := 0
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].State == rows[i].State && !alone(j) {
			j++
		}
		if j-i < minGroup {
			for j = max(j, i+1); i < j; i++ {
				items = append(items, TimelineItem{Row: rows[i].short()})
			}
			continue
		}
		n := min(j-i, maxInGroup, max(0, maxListed-listed))
		g := TimelineItem{State: rows[i].State, Summary: summary(rows[i:j]), More: j - i - n}
		for _, r := range rows[i : i+max(1, n)] {
			g.Rows = append(g.Rows, r.short())
		}
		g.More = j - i - len(g.Rows)
		cut = cut || g.More > 0
		listed += len(g.Rows)
		items = append(items, g)
		i = j
	}
	if len(items) <= maxItems {
		return items, cut
	}
	return thinned(items), true
}

// thinned keeps of too many items the begin, the end and what is near the first
// difference.
func thinned(items []TimelineItem) []TimelineItem {
	first := -1
	for i := range items {
		if items[i].Row.First || first < 0 && items[i].Row.Verdict {
			first = i
		}
	}
	keep := func(i int) bool {
		return i < maxItems/4 || i >= len(items)-maxItems/4 || first >= 0 && i > first-maxItems/4 && i < first+maxItems/4
	}
	var out []TimelineItem
	for i := range items {
		if keep(i) {
			out = append(out, items[i])
			continue
		}
		if n := len(out); n == 0 || out[n-1].Gap == 0 {
			out = append(out, TimelineItem{})
		}
		out[len(out)-1].Gap += max(1, len(items[i].Rows)+items[i].More)
	}
	return out
}

func (r TimelineRow) short() TimelineRow {
	r.What, r.Native.Path, r.Guest.Path = shorten(r.What, maxWhat), shorten(r.Native.Path, maxWhat), shorten(r.Guest.Path, maxWhat)
	return r
}

// states in words, as a group's line says them.
var stateWords = map[string]string{
	rowSame: "the same in both", rowDiffers: "failed in the guest only", rowOther: "different, harmless", rowNative: "natively only", rowGuest: "in the guest only",
}

// summary counts the rows of a group by kind.
func summary(rows []TimelineRow) string {
	var libraries, files, failed, other int
	for _, r := range rows {
		switch bad := r.Native.Failed || r.Native.Text == "" && r.Guest.Failed; {
		case bad:
			failed++
		case r.Kind == "library":
			libraries++
		case r.Kind == "file":
			files++
		default:
			other++
		}
	}
	var parts []string
	for _, c := range []struct {
		n         int
		one, many string
	}{
		{libraries, "library", "libraries"}, {files, "file", "files"}, {failed, "failed look-up", "failed look-ups"}, {other, "other", "others"},
	} {
		if c.n > 0 {
			parts = append(parts, Count(c.n, c.one, c.many))
		}
	}
	return strings.Join(parts, ", ") + ": " + stateWords[rows[0].State]
}

// forPage is t without secrets; shown tells which lines of the guest's log the page has,
// and card which place on the page a finding has.
func (t Timeline) forPage(hide func(string) string, shown func(line int) bool, card func(finding int) int) Timeline {
	cell := func(c TimelineCell) TimelineCell {
		c.Path, c.Text = hide(c.Path), hide(c.Text)
		return c
	}
	row := func(r TimelineRow) TimelineRow {
		r.What, r.Native, r.Guest = hide(r.What), cell(r.Native), cell(r.Guest)
		r.Native.Lane, r.Guest.Lane = "natively", "in the guest"
		r.Guest.Link = r.Guest.Line > 0 && shown(r.Guest.Line)
		if r.Finding > 0 {
			r.Finding = card(r.Finding)
		}
		return r
	}
	t.First, t.Verdict = hide(shorten(t.First, maxWhat)), hide(shorten(t.Verdict, maxWhat))
	t.Native, t.Guest = Escape(t.Native), Escape(t.Guest)
	items := make([]TimelineItem, len(t.Items))
	for i, it := range t.Items {
		it.Row = row(it.Row)
		rows := make([]TimelineRow, len(it.Rows))
		for j, r := range it.Rows {
			rows[j] = row(r)
		}
		it.Rows = rows
		items[i] = it
	}
	t.Items = items
	return t
}

// Split reports whether the verdict rests on another row than the first difference.
func (t Timeline) Split() bool { return t.Verdict != "" && t.Verdict != t.First }
