package loop

import (
	"strings"
	"unicode"

	"github.com/nanodiag/nanodiag/tracelog"
)

// minShared is the share of the native run's output lines that a guest run must
// print too before the two count as the same run. A plugin that is silently not
// loaded shows only here: the program ends with 0 and says less. Half leaves room
// for what differs between machines: processor names, times, paths.
const minShared = 0.5

// shared returns which part of the lines of native occur in the guest's console,
// from 0 to 1, where numbers are taken for equal. Native runs that print nothing
// share everything.
func shared(native string, guest []tracelog.Line) float64 {
	want := map[string]int{}
	total := 0
	for _, l := range strings.Split(native, "\n") {
		if n := normalise(l); n != "" {
			want[n]++
			total++
		}
	}
	if total == 0 {
		return 1
	}
	hit := 0
	for _, l := range guest {
		if n := normalise(l.Text); want[n] > 0 {
			want[n]--
			hit++
		}
	}
	return float64(hit) / float64(total)
}

// normalise makes one of every run of digits: times, counts, addresses and ids
// differ from run to run.
func normalise(l string) string {
	var b strings.Builder
	digits := false
	for _, r := range strings.TrimSpace(l) {
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
