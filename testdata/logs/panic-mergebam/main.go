package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

type interval struct{ lo, hi int }

func parse(s string) []interval {
	var out []interval
	for _, p := range strings.Split(s, ";") {
		var iv interval
		fmt.Sscanf(p, "%d-%d", &iv.lo, &iv.hi)
		out = append(out, iv)
	}
	return out
}

func coverage(ivs []interval, width int) []byte {
	cov := make([]byte, width)
	for _, iv := range ivs {
		for i := range cov[iv.lo:iv.hi] {
			cov[iv.lo+i]++
		}
	}
	return cov
}

func main() {
	debug.SetTraceback("single")
	if _, err := os.Stat("/etc/mergebam.conf"); err != nil {
		fmt.Fprintln(os.Stderr, "mergebam: no site configuration (", err, "), defaults in effect")
	}
	ivs := parse("10-25;20-40;90-70;55-60")
	n := 0
	for _, c := range coverage(ivs, 100) {
		n += int(c)
	}
	fmt.Println("covered bases:", n)
}
