package loop

import (
	"strings"
	"unicode"

	"github.com/nanodiag/nanodiag/tracelog"
)

// minShared is the share of the native run's words that a guest run must print too
// before the two count as the same run. A plugin that is silently not loaded shows
// only here: the program ends with 0 and says less. Half leaves room for what
// differs between machines: processor names, addresses, paths.
const minShared = 0.5

// shared returns which part of the distinct words of native occur in the guest's
// console, from 0 to 1. Numbers say nothing: times, sizes and counts differ from
// machine to machine. Where there is no word, the lines are compared with their
// digits blurred. A native run that printed nothing shares everything.
func shared(native string, guest []tracelog.Line) float64 {
	split := words
	want := collect(native, split)
	if len(want) == 0 {
		split = lines
		want = collect(native, split)
	}
	if len(want) == 0 {
		return 1
	}
	hit := 0
	for _, l := range guest {
		for _, w := range split(l.Text) {
			if want[w] {
				delete(want, w)
				hit++
			}
		}
	}
	return float64(hit) / float64(hit+len(want))
}

func collect(text string, split func(string) []string) map[string]bool {
	set := map[string]bool{}
	for _, w := range split(text) {
		set[w] = true
	}
	return set
}

// words are the runs of three letters and more: shorter ones are units and noise.
func words(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len([]rune(w)) >= 3 {
			out = append(out, w)
		}
	}
	return out
}

// lines are the lines that are not blank, with one 0 for every run of digits.
func lines(text string) []string {
	var out []string
	for _, l := range strings.Split(text, "\n") {
		if l = blur(strings.TrimSpace(l)); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func blur(l string) string {
	var b strings.Builder
	digits := false
	for _, r := range l {
		if unicode.IsDigit(r) {
			if !digits {
				b.WriteByte('0')
			}
			digits = true
			continue
		}
		digits = false
		b.WriteRune(r)
	}
	return b.String()
}
