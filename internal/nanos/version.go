package nanos

import (
	"cmp"
	"strconv"
	"strings"
)

// Head is the version name of the newest commit that the data covers, which is what
// Ops calls a nightly build.
const Head = "HEAD"

func isHead(v string) bool {
	return strings.EqualFold(v, Head) || strings.EqualFold(v, "nightly")
}

// Compare orders versions: -1 when a is older than b, 0 when they are equal, +1
// when a is newer. Numbers are compared as numbers ("0.1.9" is older than
// "0.1.50"), a leading "v" and what follows a "-" are ignored, and Head is newer
// than every number.
func Compare(a, b string) int {
	if isHead(a) || isHead(b) {
		return cmp.Compare(rank(isHead(a)), rank(isHead(b)))
	}
	as, bs := fields(a), fields(b)
	for i := 0; i < max(len(as), len(bs)); i++ {
		if c := cmp.Compare(field(as, i), field(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

// Valid reports whether v is a version that Compare can order: numbers with dots, or Head.
func Valid(v string) bool {
	if isHead(v) {
		return true
	}
	for _, f := range fields(v) {
		if _, err := strconv.ParseUint(f, 10, 31); err != nil {
			return false
		}
	}
	return true
}

func rank(head bool) int {
	if head {
		return 1
	}
	return 0
}

func fields(v string) []string {
	v, _, _ = strings.Cut(strings.TrimPrefix(v, "v"), "-")
	return strings.Split(v, ".")
}

// field is the i-th number of a version; what is absent or no number counts as 0.
func field(fs []string, i int) uint64 {
	if i >= len(fs) {
		return 0
	}
	n, _ := strconv.ParseUint(fs[i], 10, 31)
	return n
}
