package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// table collects the rows and counts.
type table struct {
	all, markdown bool
	rows          [][]string
	skipped       []string
	ran, agreed   int
	differ        map[string]int // by what
}

func (t *table) skip(name, why string) {
	t.skipped = append(t.skipped, name+": "+why)
	fmt.Fprintf(os.Stderr, "%-32s skipped: %s\n", name, why)
}

func (t *table) add(name string, real, rehearsed verdict) {
	d := differences(real, rehearsed)
	if !real.ran && real.broken == "" {
		t.skip(name, "refused before any program runs: "+real.cause)
		return
	}
	t.ran++
	verdict := "same"
	if len(d) == 0 {
		t.agreed++
	} else {
		verdict = strings.Join(d, ", ")
	}
	if t.differ == nil {
		t.differ = map[string]int{}
	}
	for _, what := range d {
		t.differ[what]++
	}
	fmt.Fprintf(os.Stderr, "%-32s %s\n", name, verdict)
	if len(d) > 0 || t.all {
		t.rows = append(t.rows, []string{name, real.text(), rehearsed.text(), verdict})
	}
}

func (v verdict) text() string {
	if v.broken != "" {
		return v.broken
	}
	return fmt.Sprintf("%s; %s; %s", v.outcome, v.exit, v.cause)
}

// print writes the table and returns the share that agrees.
func (t *table) print(w io.Writer) float64 {
	head := []string{"program", "real kernel", "rehearsal", "difference"}
	if t.markdown {
		for i, r := range append([][]string{head, {"---", "---", "---", "---"}}, t.rows...) {
			if i != 1 {
				for j := range r {
					r[j] = strings.ReplaceAll(r[j], "|", `\|`)
				}
			}
			fmt.Fprintf(w, "| %s |\n", strings.Join(r, " | "))
		}
	} else {
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, r := range append([][]string{head}, t.rows...) {
			fmt.Fprintln(tw, strings.Join(r, "\t"))
		}
		tw.Flush()
	}
	if t.ran == 0 {
		fmt.Fprintln(w, "\nno program ran")
		return 0
	}
	share := float64(t.agreed) / float64(t.ran)
	fmt.Fprintf(w, "\n%d programs ran, %d agree in outcome, exit and cause (%.1f %%); differ in outcome: %d, exit: %d, cause: %d; %d not run\n",
		t.ran, t.agreed, 100*share, t.differ["outcome"], t.differ["exit"], t.differ["cause"], len(t.skipped))
	return share
}
