package diagnose

import (
	"cmp"
	"slices"
)

// candidate is a possible cause with the points that speak for it. Points are on one
// scale for all sources, so that a message, an access and a crash can be weighed:
//
//	< 35  not worth saying
//	35+   possible
//	75+   likely
//
// They are not probabilities. What raises them is listed where they are given.
type candidate struct {
	Finding
	points int
	limit  Confidence // highest confidence this source can carry; "" means Likely
	order  int        // of equal points the smaller order wins: nearer to the failure
	stated bool       // the kernel, the loader or Ops says so itself
}

const (
	minPossible = 35
	minLikely   = 75
)

// confidence turns points into words.
func (c candidate) confidence() Confidence {
	got := Possible
	switch {
	case c.stated:
		got = Certain
	case c.points >= minLikely:
		got = Likely
	}
	if c.limit != "" && rank(got) > rank(c.limit) {
		return c.limit
	}
	return got
}

func rank(c Confidence) int {
	switch c {
	case Certain:
		return 3
	case Likely:
		return 2
	case Possible:
		return 1
	}
	return 0
}

// sortCandidates puts the best first.
func sortCandidates(cs []candidate) {
	slices.SortStableFunc(cs, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(a.order, b.order))
	})
}
