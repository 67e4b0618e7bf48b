package ops

import (
	"slices"
	"strings"
)

// nearest finds the key that the user most likely meant by an unknown one at the
// level here, whose dotted path is prefix. misplaced is true when the key is spelled
// right and belongs to another level.
func nearest(root, here *shape, prefix, key string) (near string, misplaced bool) {
	same := root.elsewhere("", func(n string) bool { return strings.EqualFold(n, key) })
	if len(same) > 0 {
		return shortest(same), true
	}
	limit := max(1, min(3, len(key)/3))
	best := limit + 1
	var found []string
	consider := func(path, name string) {
		d := distance(strings.ToLower(name), strings.ToLower(key))
		switch {
		case d < best:
			best, found = d, []string{path}
		case d == best && d <= limit:
			found = append(found, path)
		}
	}
	for _, f := range here.fields {
		p := f.name
		if prefix != "" {
			p = prefix + "." + f.name
		}
		consider(p, f.name)
	}
	if len(found) > 0 {
		return shortest(found), false
	}
	// Misspelled and misplaced at once.
	for _, p := range root.elsewhere("", func(string) bool { return true }) {
		consider(p, p[strings.LastIndexByte(p, '.')+1:])
	}
	if len(found) > 0 {
		return shortest(found), false
	}
	return "", false
}

// shortest prefers the outermost place, then the alphabet, so that the answer does
// not depend on map order.
func shortest(paths []string) string {
	return slices.MinFunc(paths, func(a, b string) int {
		if d := strings.Count(a, ".") - strings.Count(b, "."); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// maxKey bounds the work of distance; the longest real key has 28 bytes.
const maxKey = 64

// distance counts the single-letter edits (insert, delete, replace, swap of
// neighbours) between a and b; maxKey or more stands for "far".
func distance(a, b string) int {
	if len(a) > maxKey || len(b) > maxKey {
		return maxKey
	}
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
