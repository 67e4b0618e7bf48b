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
	c := newClosest(key)
	c.level(here, prefix)
	if len(c.paths) == 0 { // misspelled and misplaced at once
		c.all(root.elsewhere("", func(string) bool { return true }))
	}
	if len(c.paths) > 0 {
		return shortest(c.paths), false
	}
	return "", false
}

// closest collects the keys that a misspelled one is nearest to, all equally near.
type closest struct {
	key   string // in lower case
	best  int    // edits between it and each of paths
	paths []string
}

// newClosest takes nothing that differs in more than a third of the letters of key, or in
// more than three.
func newClosest(key string) *closest {
	return &closest{key: strings.ToLower(key), best: max(1, min(3, len(key)/3))}
}

func (c *closest) consider(path, name string) {
	switch d := distance(strings.ToLower(name), c.key); {
	case d < c.best:
		c.best, c.paths = d, []string{path}
	case d == c.best:
		c.paths = append(c.paths, path)
	}
}

// level considers the keys of the object at the dotted path prefix.
func (c *closest) level(here *shape, prefix string) {
	for _, f := range here.fields {
		p := f.name
		if prefix != "" {
			p = prefix + "." + f.name
		}
		c.consider(p, f.name)
	}
}

// all considers keys by their dotted paths.
func (c *closest) all(paths []string) {
	for _, p := range paths {
		c.consider(p, p[strings.LastIndexByte(p, '.')+1:])
	}
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
