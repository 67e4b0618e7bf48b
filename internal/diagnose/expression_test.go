package diagnose

import "testing"

// A rule's expression is compiled late; a wrong one must fail here and not in front
// of a user.
func TestExpressionsCompile(t *testing.T) {
	var all []*expression
	for _, r := range wordRules {
		all = append(all, r.re)
	}
	for _, table := range [][]statement{refusals, kernelSays} {
		for _, s := range table {
			all = append(all, s.re)
		}
	}
	for _, c := range topics {
		all = append(all, c.words)
	}
	for _, p := range procTerms {
		all = append(all, p.re)
	}
	for _, e := range all {
		e.MatchString("") // panics where it does not compile
	}
	if len(all) < 150 {
		t.Errorf("%d expressions, which is not all of them", len(all))
	}
}
