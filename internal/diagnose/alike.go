package diagnose

import (
	"strings"
	"unicode"

	"github.com/nanodiag/nanodiag/strace"
)

// spoken is a line that the native run wrote, as far as its record shows it.
type spoken struct {
	text string
	cut  bool // strace shows the first 32 bytes of what was written, and there was more
	last bool // no other line of the same write is hidden behind it
}

// oneLine is how many bytes are taken for one line, where the record shows the first
// of them only and no line end among these.
const oneLine = 72

// printed is what the native run wrote to standard output and error, line by line.
func (n *native) printed() []spoken {
	if n == nil {
		return nil
	}
	if !n.read {
		n.read, n.lines = true, readPrinted(n.events)
	}
	return n.lines
}

func readPrinted(events []strace.Event) []spoken {
	var out []spoken
	for i := range events {
		e := &events[i]
		if e.Name != "write" || e.Ret <= 0 || !descriptorIs(e, 1) && !descriptorIs(e, 2) {
			continue
		}
		text := quoted(e.Args)
		cut := strings.Contains(e.Args, `"...`)
		lines := strings.Split(text, `\n`)
		for k, l := range lines {
			if l = strings.TrimSpace(l); l == "" {
				continue
			}
			open := cut && k == len(lines)-1
			out = append(out, spoken{text: l, cut: open, last: !open || len(lines) == 1 && e.Ret <= oneLine})
		}
	}
	return out
}

// speaks reports whether the native run wrote anything to standard output or error.
func (n *native) speaks() bool { return len(n.printed()) > 0 }

// wordsOf are the words of a line in lower case, without numbers, addresses and what
// else holds digits: what two runs print alike.
func wordsOf(text string) []string {
	var out []string
	for _, f := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if len(f) > 1 && !strings.ContainsFunc(f, unicode.IsDigit) {
			out = append(out, f)
		}
	}
	return out
}

// alike reports whether the guest printed a line of the same shape as the native one:
// half of the words are the same, in the same order. Of a line that is cut, the last
// word may be.
func alike(guest string, line spoken) bool {
	g, n := wordsOf(guest), wordsOf(line.text)
	if line.cut {
		if len(n) > 1 {
			n = n[:len(n)-1]
		}
		g = g[:min(len(g), len(n))]
	}
	if len(g) == 0 || len(n) == 0 {
		return len(g) == len(n)
	}
	g, n = g[:min(len(g), maxWordsALine)], n[:min(len(n), maxWordsALine)]
	return 2*commonWords(g, n) > max(len(g), len(n))
}

// maxWordsALine bounds the comparison of two lines.
const maxWordsALine = 64

// commonWords is the length of the longest sequence of words that both have.
func commonWords(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			was := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = was
		}
	}
	return row[len(b)]
}

// lastNative is the native run's last line, where the record shows enough of it.
func (r *run) lastNative() (spoken, bool) {
	if out := strings.TrimSpace(string(r.in.NativeOutput)); out != "" {
		return spoken{text: uncoloured(lastLines(out, 1)), last: true}, true
	}
	lines := r.native.printed()
	if len(lines) == 0 || !lines[len(lines)-1].last {
		return spoken{}, false
	}
	return lines[len(lines)-1], true
}

// endedAlike: both runs worked their way to the same last line; to the letter, where the
// guest complained of something before that the native run did not.
func (r *run) endedAlike() bool {
	last, spoke := r.lastWord()
	native, known := r.lastNative()
	if !spoke || !known || !r.nativeWorks() || len(wordsOf(native.text)) == 0 {
		return false
	}
	if r.saidAt > 0 {
		return last.Text == native.text || native.cut && strings.HasPrefix(last.Text, native.text)
	}
	return alike(last.Text, native)
}

// saysOther: the guest's last line is none that the native run printed, and the guest
// never printed the native run's last line.
func (r *run) saysOther() bool {
	lines := r.native.printed()
	if len(lines) == 0 {
		return false
	}
	last, _ := r.lastWord()
	for _, l := range lines {
		if alike(last.Text, l) {
			return false
		}
	}
	for _, w := range r.words {
		if alike(w.Text, lines[len(lines)-1]) {
			return false
		}
	}
	return true
}
